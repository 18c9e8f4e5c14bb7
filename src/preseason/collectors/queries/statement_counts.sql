-- Every statement of this database, all its users together, without its text; one row without an id stands for
-- those that our role may not see.
SELECT queryid::text, {counts}
  FROM {schema}.pg_stat_statements(false)
 WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND {outermost}
 GROUP BY queryid
