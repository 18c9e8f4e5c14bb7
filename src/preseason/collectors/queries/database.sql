-- The counters of this database; they belong together, so they are read together. And transactions that were
-- prepared here and not ended: no session has them, so nothing else shows them.
SELECT coalesce(extract(epoch FROM d.stats_reset), 0)::float8 AS reset_s,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       d.xact_commit::float8, d.xact_rollback::float8, d.blks_hit::float8, d.blks_read::float8,
       d.deadlocks::float8, d.temp_bytes::float8,
       (SELECT count(*)::float8 FROM pg_catalog.pg_prepared_xacts x WHERE x.database = d.datname) AS prepared,
       (SELECT coalesce(max(extract(epoch FROM pg_catalog.clock_timestamp() - x.prepared)), 0)::float8
          FROM pg_catalog.pg_prepared_xacts x WHERE x.database = d.datname) AS oldest_prepared_s
  FROM pg_catalog.pg_stat_database d
 WHERE d.datname = pg_catalog.current_database()
