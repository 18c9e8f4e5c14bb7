-- name: ranking_of_the_season
-- Adds up every week of every player, again and again until 1.2 s are over: the same time on any machine.
WITH RECURSIVE passes AS (
    SELECT 1 AS pass, 0::numeric AS points
    UNION ALL
    SELECT pass + 1, (SELECT sum(stats.points) FROM player_stats stats WHERE stats.week <> pass)
    FROM passes
    WHERE clock_timestamp() < statement_timestamp() + interval '1.2 s'
)
SELECT max(pass)::text FROM passes

-- name: drop_roster_index
DROP INDEX IF EXISTS idx_roster_team

-- name: create_roster_index
CREATE INDEX IF NOT EXISTS idx_roster_team ON roster_players (team_id)

-- name: lock_every_team
-- First, as everybody who changes a roster does, so that they wait but never in a circle.
SELECT FROM teams ORDER BY id FOR NO KEY UPDATE

-- name: lock_every_roster
SELECT FROM roster_players ORDER BY id FOR UPDATE
