-- Which client session waits for a lock behind which: an edge a row, those behind nobody who waits himself first.
-- A wait for a row is one for its writer's transaction: the table is that of the row lock taken to queue with, or
-- else the only one that both of them are changing. Asked only while somebody waits: it locks the lock table.
WITH waiting AS MATERIALIZED (
  SELECT a.pid, pg_catalog.pg_blocking_pids(a.pid) AS blockers
    FROM pg_catalog.pg_stat_activity a
   WHERE a.wait_event_type = 'Lock' AND a.backend_type = 'client backend'
     AND a.pid <> pg_catalog.pg_backend_pid()),
locks AS MATERIALIZED (
  SELECT k.pid, k.locktype, k.mode, k.granted, k.waitstart,
         CASE WHEN k.database = d.oid THEN k.relation END AS relation
    FROM pg_catalog.pg_locks k, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()),
edges AS (
  SELECT DISTINCT w.pid, b.pid AS blocker FROM waiting w, pg_catalog.unnest(w.blockers) AS b (pid))
SELECT w.pid AS waiting_pid, w.application_name AS waiting_application, w.state AS waiting_state,
       extract(epoch FROM pg_catalog.clock_timestamp() - w.state_change)::float8 AS waiting_state_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - w.xact_start)::float8 AS waiting_transaction_s,
       w.query_id::text AS waiting_queryid,
       e.blocker AS blocker_pid, b.application_name AS blocker_application, b.state AS blocker_state,
       extract(epoch FROM pg_catalog.clock_timestamp() - b.state_change)::float8 AS blocker_state_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - b.xact_start)::float8 AS blocker_transaction_s,
       b.query_id::text AS blocker_queryid,
       extract(epoch FROM pg_catalog.clock_timestamp() - l.waitstart)::float8 AS waited_s,
       l.locktype AS lock_kind, l.mode AS lock_mode,
       (SELECT n.nspname || '.' || c.relname
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.oid = coalesce(
           l.relation,
           (SELECT max(t.relation::bigint)::oid FROM locks t
             WHERE t.pid = e.pid AND t.locktype = 'tuple' AND t.granted AND l.locktype = 'transactionid'),
           (SELECT CASE count(DISTINCT m.relation) WHEN 1 THEN max(m.relation::bigint)::oid END
              FROM locks m JOIN locks t ON t.pid = e.blocker AND t.relation = m.relation
              JOIN pg_catalog.pg_class k ON k.oid = m.relation AND k.relkind IN ('r', 'p', 'm')
             WHERE m.pid = e.pid AND m.locktype = 'relation' AND t.locktype = 'relation' AND m.granted
               AND t.granted AND m.mode IN ('RowShareLock', 'RowExclusiveLock')
               AND t.mode IN ('RowShareLock', 'RowExclusiveLock') AND l.locktype = 'transactionid'))
       ) AS relation,
       (SELECT count(DISTINCT pid) FROM edges)::float8 AS blocked
  FROM edges e
  JOIN pg_catalog.pg_stat_activity w ON w.pid = e.pid
  LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid = e.blocker
  LEFT JOIN locks l ON l.pid = e.pid AND NOT l.granted
 ORDER BY e.blocker IN (SELECT pid FROM waiting), waited_s DESC NULLS LAST
 LIMIT 100
