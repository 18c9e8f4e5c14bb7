-- Transactions that were prepared here and not ended: no session has them, so nothing else shows them.
SELECT count(*)::float8 AS transactions,
       coalesce(max(extract(epoch FROM pg_catalog.clock_timestamp() - x.prepared)), 0)::float8 AS oldest_s
  FROM pg_catalog.pg_prepared_xacts x
 WHERE x.database = pg_catalog.current_database()
