-- Client sessions as one row: how many there are, how many wait for a lock, the age of the oldest transaction,
-- and for how long each active one has been at its statement. Ours are left out; background processes have no
-- user or no database, also where their kind is hidden from our role.
SELECT count(*)::float8 AS connections,
       (count(*) FILTER (WHERE a.wait_event_type = 'Lock'))::float8 AS waiting_for_locks,
       coalesce(max(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)), 0)::float8
         AS oldest_transaction_s,
       coalesce(array_agg(extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start)::float8
                          ORDER BY a.query_start) FILTER (WHERE a.state = 'active'), '{}') AS running_s
  FROM pg_catalog.pg_stat_activity a
 WHERE (a.backend_type = 'client backend'
        OR (a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL))
   AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.application_name NOT LIKE 'preseason-collector%'
