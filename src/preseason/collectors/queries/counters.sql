-- Some counters of one view, by label, and when they last were reset.
SELECT {label}::text, coalesce(extract(epoch FROM max(v.stats_reset)), 0)::float8, {counters}
  FROM pg_catalog.{view} v
 WHERE {condition}
 GROUP BY 1
