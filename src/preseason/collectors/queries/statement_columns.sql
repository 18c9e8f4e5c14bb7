-- Which columns this version of the extension has.
SELECT * FROM {schema}.pg_stat_statements(false) LIMIT 0
