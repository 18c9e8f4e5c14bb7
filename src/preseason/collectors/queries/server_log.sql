-- How the server logs durations, and whether our role may read that. Numbers are in the settings' own units.
SELECT pg_catalog.current_user()::text AS role,
       pg_catalog.current_database()::text AS database,
       pg_catalog.current_setting('server_version_num')::int AS version,
       s.is_collected, s.destinations, s.directory, s.language, s.least_level, s.statement_ms, s.all_durations,
       s.sample_ms, s.sample_rate, s.plan_ms,
       pg_catalog.has_function_privilege('pg_catalog.pg_ls_logdir()', 'EXECUTE') AS may_list,
       pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text,bigint,bigint,boolean)', 'EXECUTE')
         AS may_read,
       ARRAY(SELECT DISTINCT pg_catalog.split_part(setting, '=', 1)
               FROM pg_catalog.pg_db_role_setting r, pg_catalog.unnest(r.setconfig) setting
              WHERE (r.setdatabase = 0
                     OR r.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d
                                          WHERE d.datname = pg_catalog.current_database()))
                AND pg_catalog.split_part(setting, '=', 1)
                    IN ('log_min_duration_statement', 'log_min_messages', 'log_duration', 'lc_messages',
                        'log_min_duration_sample', 'log_statement_sample_rate')
              ORDER BY 1) AS differing,
       extract(epoch FROM pg_catalog.clock_timestamp()
                          AT TIME ZONE pg_catalog.current_setting('log_timezone'))::float8 AS local_s
  FROM (SELECT coalesce(bool_or(setting = 'on') FILTER (WHERE name = 'logging_collector'), false) AS is_collected,
               coalesce(max(setting) FILTER (WHERE name = 'log_destination'), '') AS destinations,
               max(setting) FILTER (WHERE name = 'log_directory') AS directory,
               coalesce(max(setting) FILTER (WHERE name = 'lc_messages'), '') AS language,
               coalesce(max(setting) FILTER (WHERE name = 'log_min_messages'), '') AS least_level,
               max(setting::float8) FILTER (WHERE name = 'log_min_duration_statement') AS statement_ms,
               bool_or(setting = 'on') FILTER (WHERE name = 'log_duration') AS all_durations,
               max(setting::float8) FILTER (WHERE name = 'log_min_duration_sample') AS sample_ms,
               max(setting::float8) FILTER (WHERE name = 'log_statement_sample_rate') AS sample_rate,
               max(setting::float8) FILTER (WHERE name = 'auto_explain.log_min_duration') AS plan_ms
          FROM pg_catalog.pg_settings
         WHERE name IN ('logging_collector', 'log_destination', 'log_directory', 'lc_messages',
                        'log_min_messages', 'log_min_duration_statement', 'log_duration',
                        'log_min_duration_sample', 'log_statement_sample_rate',
                        'auto_explain.log_min_duration')) s
