-- What the extension says about its own counters (version 1.9 and later).
SELECT dealloc::float8, extract(epoch FROM stats_reset)::float8
  FROM {schema}.pg_stat_statements_info
