-- The counters of this database; they belong together, so they are read together.
SELECT coalesce(extract(epoch FROM d.stats_reset), 0)::float8 AS reset_s,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       d.xact_commit::float8, d.xact_rollback::float8, d.blks_hit::float8, d.blks_read::float8,
       d.deadlocks::float8, d.temp_bytes::float8
  FROM pg_catalog.pg_stat_database d
 WHERE d.datname = pg_catalog.current_database()
