-- With indexes and toast. Opens each table for a moment, so only some are asked for.
SELECT o::bigint, pg_catalog.pg_total_relation_size(o)::float8 FROM pg_catalog.unnest(%s::oid[]) AS o
