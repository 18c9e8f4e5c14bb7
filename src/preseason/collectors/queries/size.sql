-- Walks the directory of the database: asked for rarely.
SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::float8 AS size_bytes
