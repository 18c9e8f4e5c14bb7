-- Client sessions by state and, while active, by what they wait for; ours are left out. A role that may not see
-- other sessions is shown neither their kind nor their state, but still that somebody uses some database:
-- background processes have no user or no database. How long statements run is asked of this database alone.
SELECT CASE WHEN a.backend_type IS NULL THEN 'hidden' ELSE coalesce(a.state, 'starting') END AS state,
       CASE WHEN a.state = 'active' THEN coalesce(a.wait_event_type, '') ELSE '' END AS waits_for,
       CASE WHEN a.state = 'active' THEN coalesce(a.wait_event, '') ELSE '' END AS event,
       count(*)::float8 AS sessions,
       coalesce(max(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)), 0)::float8
         AS oldest_transaction_s,
       coalesce(max(pg_catalog.age(a.backend_xmin)), 0)::float8 AS oldest_snapshot_age,
       coalesce(max(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start))
         FILTER (WHERE a.state = 'active' AND a.datname = pg_catalog.current_database()), 0)::float8
         AS slowest_active_s,
       count(*) FILTER (WHERE a.state = 'active' AND a.datname = pg_catalog.current_database()
                          AND pg_catalog.clock_timestamp() - a.query_start > '1 s')::float8 AS slow_active
  FROM pg_catalog.pg_stat_activity a
 WHERE (a.backend_type = 'client backend'
        OR (a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL))
   AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.application_name NOT LIKE 'preseason-collector%'
 GROUP BY 1, 2, 3
