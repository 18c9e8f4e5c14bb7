-- name: listed_trades
SELECT trade.id
FROM trade_proposals trade
WHERE trade.league_id = coalesce(%(league_id)s, (SELECT league_id FROM teams WHERE owner_id = %(viewer)s))
  AND (%(team_id)s::text IS NULL OR %(team_id)s IN (trade.proposing_team_id, trade.receiving_team_id))
  AND (%(status)s::text IS NULL OR trade.status = %(status)s)
ORDER BY trade.created_at DESC, trade.id
LIMIT %(limit)s

-- name: listed_history
SELECT trade.id
FROM trade_history history
JOIN trade_proposals trade ON trade.id = history.trade_id
WHERE history.league_id = coalesce(%(league_id)s, (SELECT league_id FROM teams WHERE owner_id = %(viewer)s))
  AND (%(team_id)s::text IS NULL OR %(team_id)s IN (trade.proposing_team_id, trade.receiving_team_id))
  AND (%(status)s::text IS NULL OR trade.status = %(status)s)
ORDER BY history.accepted_at DESC, trade.id
LIMIT %(limit)s

-- name: trade_cards
SELECT coalesce(json_agg(json_build_object(
    'id', trade.id,
    'leagueId', trade.league_id,
    'status', trade.status,
    'message', trade.message,
    'createdAt', to_json(trade.created_at),
    'acceptedAt', to_json(history.accepted_at),
    'proposingTeam', json_build_object('id', proposing.id, 'name', proposing.name, 'owner', proposer.name),
    'receivingTeam', json_build_object('id', receiving.id, 'name', receiving.name, 'owner', receiver.name),
    'givingPlayers', exchanged.given,
    'receivingPlayers', exchanged.received,
    'tradeValue', json_build_object(
        'giving', exchanged.given_points,
        'receiving', exchanged.received_points,
        'difference', exchanged.received_points - exchanged.given_points
    ),
    'canRespond', trade.status = 'PENDING' AND receiver.id = %(viewer)s,
    'canCancel', trade.status = 'PENDING' AND proposer.id = %(viewer)s
) ORDER BY array_position(%(trade_ids)s, trade.id)), '[]')::text
FROM trade_proposals trade
JOIN teams proposing ON proposing.id = trade.proposing_team_id
JOIN users proposer ON proposer.id = proposing.owner_id
JOIN teams receiving ON receiving.id = trade.receiving_team_id
JOIN users receiver ON receiver.id = receiving.owner_id
LEFT JOIN trade_history history ON history.trade_id = trade.id
CROSS JOIN LATERAL (
    SELECT
        json_agg(player_card(player) ORDER BY player.id) FILTER (WHERE part.is_given) AS given,
        json_agg(player_card(player) ORDER BY player.id) FILTER (WHERE NOT part.is_given) AS received,
        sum(player.fantasy_points) FILTER (WHERE part.is_given) AS given_points,
        sum(player.fantasy_points) FILTER (WHERE NOT part.is_given) AS received_points
    FROM (
        SELECT player_id, giving_team_id = trade.proposing_team_id AS is_given
        FROM trade_players
        WHERE trade_id = trade.id
    ) part
    JOIN players player ON player.id = part.player_id
) exchanged
WHERE trade.id = ANY(%(trade_ids)s)

-- name: trade_for_update
SELECT
    trade.id,
    trade.league_id,
    trade.status,
    trade.proposing_team_id,
    trade.receiving_team_id,
    proposing.owner_id AS proposer_id,
    receiving.owner_id AS receiver_id
FROM trade_proposals trade
JOIN teams proposing ON proposing.id = trade.proposing_team_id
JOIN teams receiving ON receiving.id = trade.receiving_team_id
WHERE trade.id = %(trade_id)s
FOR UPDATE OF trade

-- name: exchanged_players
SELECT player_id, giving_team_id FROM trade_players WHERE trade_id = %(trade_id)s

-- name: add_trade
WITH proposal AS (
    INSERT INTO trade_proposals (id, league_id, proposing_team_id, receiving_team_id, message)
    VALUES (%(trade_id)s, %(league_id)s, %(proposing_team_id)s, %(receiving_team_id)s, %(message)s)
), exchanged AS (
    INSERT INTO trade_players (trade_id, player_id, giving_team_id)
    SELECT %(trade_id)s, player_id, %(proposing_team_id)s FROM unnest(%(giving)s::text[]) player_id
    UNION ALL
    SELECT %(trade_id)s, player_id, %(receiving_team_id)s FROM unnest(%(receiving)s::text[]) player_id
)
INSERT INTO notifications (user_id, text) VALUES (%(receiver_id)s, 'You have a new trade proposal')

-- name: end_trade
WITH ended AS (
    UPDATE trade_proposals SET status = %(status)s WHERE id = %(trade_id)s RETURNING id, league_id, status
), history AS (
    INSERT INTO trade_history (trade_id, league_id)
    SELECT id, league_id FROM ended WHERE status = 'ACCEPTED'
)
INSERT INTO notifications (user_id, text)
SELECT %(notified_id)s, 'A trade was ' || lower(ended.status) FROM ended
