-- Every table of the database that lasts, from the statistics alone: nothing is opened or locked.
SELECT c.oid::bigint AS oid, n.nspname || '.' || c.relname AS name,
       t.seq_scan::float8 AS seq_scans, t.seq_tup_read::float8 AS seq_rows,
       coalesce(t.idx_scan, 0)::float8 AS idx_scans, coalesce(t.idx_tup_fetch, 0)::float8 AS idx_rows,
       t.n_tup_ins::float8 AS rows_inserted, t.n_tup_upd::float8 AS rows_updated,
       t.n_tup_del::float8 AS rows_deleted, t.autovacuum_count::float8 AS autovacuums,
       t.n_live_tup::float8 AS live_rows, t.n_dead_tup::float8 AS dead_rows,
       extract(epoch FROM pg_catalog.clock_timestamp() - t.last_autovacuum)::float8 AS autovacuum_age_s,
       c.reltuples::float8 AS estimated_rows, c.relpages::float8 AS pages,
       coalesce(c.reloptions, '{}') AS options
  FROM pg_catalog.pg_stat_user_tables t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't'
