-- What stays the same for as long as one connection lasts, and what our role may see.
SELECT extract(epoch FROM pg_catalog.pg_postmaster_start_time())::float8 AS started_s,
       pg_catalog.current_setting('max_connections')::int
         - pg_catalog.current_setting('superuser_reserved_connections')::int
         - coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) AS connections_limit,
       pg_catalog.current_user()::text AS role,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all,
       pg_catalog.current_setting('track_activities')::boolean AS tracks_activities,
       pg_catalog.current_setting('track_counts')::boolean AS tracks_counts,
       pg_catalog.current_setting('track_io_timing')::boolean AS times_io,
       pg_catalog.current_setting('server_version_num')::int AS version,
       pg_catalog.current_setting('pg_stat_statements.track', true) AS tracks_statements,
       pg_catalog.current_setting('compute_query_id', true) AS computes_query_id,
       (SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'pg_stat_statements')::text AS statements_schema
