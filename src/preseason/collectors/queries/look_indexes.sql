-- Indexes that no scan has used since scans are counted, and invalid ones. What enforces something is never
-- unused: unique, primary and exclusion indexes, those of constraints, and the identity of a replica. The parts
-- of a partitioned index stand and fall together, so they are counted together.
WITH used AS (
  SELECT coalesce(pg_catalog.pg_partition_root(s.indexrelid)::oid, s.indexrelid) AS id,
         sum(s.idx_scan) AS scans,
         sum(pg_catalog.pg_relation_size(s.indexrelid)) AS size_bytes,
         bool_and(p.indisvalid) AS parts_valid
    FROM pg_catalog.pg_stat_user_indexes s JOIN pg_catalog.pg_index p USING (indexrelid)
   GROUP BY 1)
SELECT u.id::regclass::text AS name, i.indrelid::regclass::text AS "table",
       coalesce(u.size_bytes, 0)::float8 AS size_bytes, i.indisvalid AND u.parts_valid AS is_valid
  FROM used u JOIN pg_catalog.pg_index i ON i.indexrelid = u.id
 WHERE (NOT (i.indisvalid AND u.parts_valid)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index b WHERE b.index_relid = u.id))
    OR (u.scans = 0
        AND NOT (i.indisunique OR i.indisprimary OR i.indisexclusion OR i.indisreplident)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = u.id))
 ORDER BY 3 DESC, 1
