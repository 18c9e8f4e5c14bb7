-- name: teams
SELECT id, league_id, owner_id FROM teams WHERE id = ANY(%(team_ids)s)

-- name: lock_teams
-- Whoever changes a roster holds its team's row, taken in the order of ids, so nobody waits in a circle.
SELECT id FROM teams WHERE id = ANY(%(team_ids)s) ORDER BY id FOR NO KEY UPDATE

-- name: rosters
SELECT held.team_id, held.player_id, player.position, held.slot
FROM roster_players held
JOIN players player ON player.id = held.player_id
WHERE held.team_id = ANY(%(team_ids)s)
ORDER BY slot_order(held.slot), player.projected_points DESC, player.id

-- name: place_players
UPDATE roster_players held SET team_id = placed.team_id, slot = placed.slot
FROM unnest(%(player_ids)s::text[], %(team_ids)s::text[], %(slots)s::text[]) placed (player_id, team_id, slot)
WHERE held.league_id = %(league_id)s
  AND held.player_id = placed.player_id
  AND (held.team_id, held.slot) IS DISTINCT FROM (placed.team_id, placed.slot)

-- name: claim_facts
SELECT
    team.id AS team_id,
    EXISTS (SELECT FROM players WHERE id = %(player_id)s) AS player_exists,
    EXISTS (
        SELECT FROM roster_players WHERE league_id = team.league_id AND player_id = %(player_id)s
    ) AS player_taken,
    %(drop_player_id)s::text IS NULL OR EXISTS (
        SELECT FROM roster_players WHERE team_id = team.id AND player_id = %(drop_player_id)s
    ) AS drop_owned
FROM teams team
WHERE team.owner_id = %(user_id)s

-- name: add_claim
INSERT INTO waiver_claims (id, team_id, player_id, drop_player_id, message)
VALUES (%(claim_id)s, %(team_id)s, %(player_id)s, %(drop_player_id)s, %(message)s)
ON CONFLICT (team_id, player_id) WHERE status = 'PENDING'
DO UPDATE SET drop_player_id = EXCLUDED.drop_player_id, message = EXCLUDED.message
RETURNING id
