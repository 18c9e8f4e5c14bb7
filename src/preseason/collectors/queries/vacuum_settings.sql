-- When autovacuum thinks a table worth its while, unless the table says otherwise.
SELECT pg_catalog.current_setting('autovacuum')::boolean AS is_on,
       pg_catalog.current_setting('autovacuum_vacuum_threshold')::float8 AS threshold,
       pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::float8 AS scale_factor,
       coalesce(pg_catalog.current_setting('autovacuum_vacuum_max_threshold', true)::float8, -1) AS most
