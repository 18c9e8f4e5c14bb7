-- A part of one of them: from where, and how many bytes. NULL where it is gone.
SELECT pg_catalog.pg_read_binary_file(%s::text, %s::bigint, %s::bigint, true)
