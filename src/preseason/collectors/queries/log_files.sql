-- The files of the log, of every format.
SELECT name, size::bigint AS size_bytes, extract(epoch FROM modification)::float8 AS modified_s
  FROM pg_catalog.pg_ls_logdir()
