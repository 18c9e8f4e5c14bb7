-- name: team
SELECT json_build_object(
    'id', team.id,
    'name', team.name,
    'ownerId', team.owner_id,
    'leagueId', team.league_id,
    'wins', team.wins,
    'losses', team.losses,
    'ties', team.ties,
    'pointsFor', team.points_for,
    'pointsAgainst', team.points_against,
    'roster', roster.entries,
    'league', json_build_object('name', league.name, 'currentWeek', league.current_week),
    'totalPoints', roster.total_points,
    'projectedPoints', roster.projected_points
)::text
FROM teams team
JOIN leagues league ON league.id = team.league_id
CROSS JOIN LATERAL (
    SELECT
        json_agg(json_build_object(
            'id', held.id,
            'teamId', held.team_id,
            'playerId', held.player_id,
            'position', player.position,
            'rosterSlot', held.slot,
            'isStarter', held.is_starter,
            'player', player_card(player)
        ) ORDER BY slot_order(held.slot), player.projected_points DESC, player.id) AS entries,
        sum(player.fantasy_points) FILTER (WHERE held.is_starter) AS total_points,
        sum(player.projected_points) FILTER (WHERE held.is_starter) AS projected_points
    FROM roster_players held
    JOIN players player ON player.id = held.player_id
    WHERE held.team_id = team.id
) roster
WHERE team.owner_id = %(user_id)s

-- name: league_data
-- Open at its end: each answer adds to "meta" where and when it came from.
SELECT '{"data":' || json_build_object(
    'id', league.id,
    'name', league.name,
    'description', league.description,
    'currentWeek', league.current_week,
    'maxTeams', league.max_teams,
    'standings', (
        SELECT json_agg(json_build_object(
            'teamId', team.id,
            'name', team.name,
            'owner', owner.name,
            'ownerId', team.owner_id,
            'wins', team.wins,
            'losses', team.losses,
            'ties', team.ties,
            'pointsFor', team.points_for,
            'pointsAgainst', team.points_against
        ) ORDER BY team.wins DESC, team.points_for DESC, team.id)
        FROM teams team
        JOIN users owner ON owner.id = team.owner_id
        WHERE team.league_id = league.id
    ),
    'matchups', (
        SELECT json_agg(json_build_object(
            'id', matchup.id,
            'week', matchup.week,
            'homeTeamId', matchup.home_team_id,
            'awayTeamId', matchup.away_team_id,
            'homeScore', matchup.home_score,
            'awayScore', matchup.away_score,
            'isComplete', matchup.is_complete
        ) ORDER BY matchup.id)
        FROM matchups matchup
        WHERE matchup.league_id = league.id AND matchup.season = league.season AND matchup.week = chosen.week
    ),
    'rosters', (
        SELECT json_object_agg(roster.team_id, roster.entries)
        FROM (
            SELECT held.team_id, json_agg(json_build_object(
                'id', held.id,
                'teamId', held.team_id,
                'playerId', held.player_id,
                'position', player.position,
                'rosterSlot', held.slot,
                'isStarter', held.is_starter,
                'player', player_card(player),
                'stats', json_build_object(
                    'points', stats.points,
                    'passingYards', stats.passing_yards,
                    'rushingYards', stats.rushing_yards,
                    'receivingYards', stats.receiving_yards,
                    'touchdowns', stats.touchdowns
                ),
                'projection', CASE WHEN %(projections)s THEN projection.points END
            ) ORDER BY slot_order(held.slot), player.projected_points DESC, player.id) AS entries
            FROM roster_players held
            JOIN players player ON player.id = held.player_id
            LEFT JOIN player_stats stats
                ON (stats.player_id, stats.season, stats.week) = (held.player_id, league.season, chosen.week)
            LEFT JOIN player_projections projection
                ON (projection.player_id, projection.season, projection.week)
                 = (held.player_id, league.season, chosen.week)
            WHERE held.league_id = league.id
            GROUP BY held.team_id
        ) roster
    ),
    'top_players', (
        SELECT json_agg(player_card(best.player) ORDER BY (best.player).fantasy_points DESC, (best.player).id)
        FROM (
            SELECT player
            FROM roster_players held
            JOIN players player ON player.id = held.player_id
            WHERE held.league_id = league.id
            ORDER BY player.fantasy_points DESC, player.id
            LIMIT 20
        ) best
    )
) || ',"meta":{"week":' || chosen.week || ','
FROM leagues league
CROSS JOIN LATERAL (SELECT coalesce(%(week)s::integer, league.current_week) AS week) chosen
WHERE league.id = %(league_id)s

-- name: players
WITH found AS (
    SELECT player.*
    FROM players player
    WHERE (%(pattern)s::text IS NULL OR player.name ILIKE %(pattern)s OR player.nfl_team ILIKE %(pattern)s)
      AND (%(position)s::text IS NULL OR player.position = %(position)s)
      AND (%(team)s::text IS NULL OR player.nfl_team = %(team)s)
)
SELECT json_build_object(
    'players', coalesce((
        SELECT json_agg(json_build_object(
            'id', shown.id,
            'name', shown.name,
            'position', shown.position,
            'nflTeam', shown.nfl_team,
            'team', shown.nfl_team,
            'fantasyPoints', shown.fantasy_points,
            'projectedPoints', shown.projected_points
        ) ORDER BY shown.name, shown.id)
        FROM (
            SELECT * FROM found ORDER BY name, id LIMIT %(size)s OFFSET (%(page)s - 1) * %(size)s
        ) shown
    ), '[]'),
    'total', counted.total,
    'pages', ceil(counted.total / %(size)s::numeric),
    'currentPage', %(page)s::integer
)::text
FROM (SELECT count(*) AS total FROM found) counted

-- name: matchups
SELECT json_build_object('matchups', json_agg(json_build_object(
    'id', matchup.id,
    'week', matchup.week,
    'season', matchup.season,
    'homeTeamId', matchup.home_team_id,
    'awayTeamId', matchup.away_team_id,
    'homeScore', matchup.home_score,
    'awayScore', matchup.away_score,
    'isComplete', matchup.is_complete,
    'homeTeam', json_build_object('id', home.id, 'name', home.name, 'owner', home_owner.name),
    'awayTeam', json_build_object('id', away.id, 'name', away.name, 'owner', away_owner.name)
) ORDER BY matchup.week, matchup.id))::text
FROM matchups matchup
JOIN teams home ON home.id = matchup.home_team_id
JOIN users home_owner ON home_owner.id = home.owner_id
JOIN teams away ON away.id = matchup.away_team_id
JOIN users away_owner ON away_owner.id = away.owner_id
WHERE matchup.league_id = %(league_id)s AND (%(week)s::integer IS NULL OR matchup.week = %(week)s)
HAVING count(*) > 0

-- name: waivers
WITH team AS (
    SELECT id, league_id FROM teams WHERE owner_id = %(user_id)s
), available AS (
    SELECT player
    FROM players player
    WHERE NOT EXISTS (
        SELECT FROM roster_players held JOIN team USING (league_id) WHERE held.player_id = player.id
    )
), weakest AS (
    SELECT player.position, min(player.projected_points) AS points
    FROM roster_players held
    JOIN players player ON player.id = held.player_id
    WHERE held.team_id = (SELECT id FROM team)
    GROUP BY player.position
)
SELECT json_build_object(
    'availablePlayers', (
        SELECT json_agg(player_card(best.player) ORDER BY (best.player).projected_points DESC, (best.player).id)
        FROM (
            SELECT player FROM available
            ORDER BY (player).projected_points DESC, (player).id
            LIMIT 100
        ) best
    ),
    'recommendations', (
        SELECT json_agg(json_build_object('player', player_card(best.player), 'gain', best.gain)
            ORDER BY best.gain DESC, (best.player).id)
        FROM (
            SELECT player, (player).projected_points - weakest.points AS gain
            FROM available
            JOIN weakest ON weakest.position = (player).position
            ORDER BY gain DESC, (player).id
            LIMIT 10
        ) best
    ),
    'waiverOrder', (
        SELECT json_agg(json_build_object('teamId', peer.id, 'name', peer.name, 'priority', turn.priority)
            ORDER BY turn.priority)
        FROM teams peer
        JOIN team_waiver_priority turn ON turn.team_id = peer.id
        WHERE peer.league_id = team.league_id
    )
)::text
FROM team

-- name: own_league
SELECT json_build_object(
    'id', league.id,
    'name', league.name,
    'description', league.description,
    'season', league.season,
    'currentWeek', league.current_week,
    'maxTeams', league.max_teams,
    'teams', (
        SELECT json_agg(json_build_object(
            'id', team.id,
            'name', team.name,
            'owner', owner.name,
            'wins', team.wins,
            'losses', team.losses,
            'ties', team.ties,
            'pointsFor', team.points_for
        ) ORDER BY team.points_for DESC, team.id)
        FROM teams team
        JOIN users owner ON owner.id = team.owner_id
        WHERE team.league_id = league.id
    )
)::text
FROM teams mine
JOIN leagues league ON league.id = mine.league_id
WHERE mine.owner_id = %(user_id)s
