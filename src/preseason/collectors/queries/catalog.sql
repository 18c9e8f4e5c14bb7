-- Which columns the views of counters have here: versions differ, and a column is the only proof of itself.
SELECT c.relname::text AS view, pg_catalog.array_agg(a.attname::text) AS columns
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
   AND c.relname IN ('pg_stat_database', 'pg_stat_checkpointer', 'pg_stat_bgwriter', 'pg_stat_wal', 'pg_stat_io')
 GROUP BY 1
