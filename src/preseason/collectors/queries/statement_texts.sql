-- The text of some statements of this database.
SELECT queryid::text, min(query)
  FROM {schema}.pg_stat_statements(true)
 WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND queryid = ANY (%s::bigint[])
 GROUP BY queryid
