-- Every index: how often it was used, whether it works, and whether something relies on its being there: a
-- constraint, or the identity of a replica. The parts of a partitioned one stand and fall together. One that is
-- just being built is not invalid yet.
WITH used AS (
  SELECT coalesce(pg_catalog.pg_partition_root(s.indexrelid)::oid, s.indexrelid) AS id,
         sum(s.idx_scan)::float8 AS scans, bool_and(p.indisvalid) AS is_valid,
         sum(c.relpages)::float8 * pg_catalog.current_setting('block_size')::float8 AS size_bytes
    FROM pg_catalog.pg_stat_user_indexes s
    JOIN pg_catalog.pg_index p ON p.indexrelid = s.indexrelid
    JOIN pg_catalog.pg_class c ON c.oid = s.indexrelid AND c.relpersistence <> 't'
   GROUP BY 1)
SELECT n.nspname || '.' || c.relname AS name, m.nspname || '.' || t.relname AS "table",
       u.scans, u.size_bytes, i.indisvalid AND u.is_valid AS is_valid,
       i.indisunique OR i.indisexclusion OR i.indisreplident
         OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = u.id) AS enforces
  FROM used u
  JOIN pg_catalog.pg_index i ON i.indexrelid = u.id
  JOIN pg_catalog.pg_class c ON c.oid = u.id
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index b WHERE b.index_relid = u.id)
