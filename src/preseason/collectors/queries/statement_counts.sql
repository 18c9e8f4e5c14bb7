-- Every statement of this database, all its users together, without its text.
SELECT queryid::text, sum(calls)::float8, sum(total_exec_time)::float8, sum(rows)::float8, {since}::float8
  FROM {schema}.pg_stat_statements(false)
 WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND queryid IS NOT NULL AND {outermost}
 GROUP BY queryid
