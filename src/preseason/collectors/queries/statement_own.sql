-- The statements of this database that are ours.
SELECT DISTINCT queryid::text
  FROM {schema}.pg_stat_statements(true)
 WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND pg_catalog.strpos(query, {marker}) > 0
