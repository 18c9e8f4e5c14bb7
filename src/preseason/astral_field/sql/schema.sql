-- The tables of the Astral Field. Ids are opaque text, as on the real platform.

CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id text NOT NULL,
    leagues integer NOT NULL,
    seed bigint NOT NULL,
    seeding integer NOT NULL,
    signing_key bytea NOT NULL
);

CREATE TABLE users (
    id text PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('PLAYER', 'COMMISSIONER')),
    password_hash text NOT NULL,
    failed_logins integer NOT NULL DEFAULT 0 CHECK (failed_logins >= 0),
    locked_until timestamptz
);

CREATE TABLE leagues (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL,
    season integer NOT NULL,
    current_week integer NOT NULL CHECK (current_week BETWEEN 1 AND 18),
    max_teams integer NOT NULL CHECK (max_teams BETWEEN 8 AND 20)
);

CREATE TABLE teams (
    id text PRIMARY KEY,
    league_id text NOT NULL REFERENCES leagues,
    owner_id text NOT NULL UNIQUE REFERENCES users,
    name text NOT NULL,
    wins integer NOT NULL,
    losses integer NOT NULL,
    ties integer NOT NULL,
    points_for numeric(7, 1) NOT NULL,
    points_against numeric(7, 1) NOT NULL,
    UNIQUE (id, league_id)
);

CREATE TABLE players (
    id text PRIMARY KEY,
    name text NOT NULL,
    position text NOT NULL CHECK (position IN ('QB', 'RB', 'WR', 'TE', 'K', 'DST')),
    nfl_team text NOT NULL,
    fantasy_points numeric(6, 1) NOT NULL,
    projected_points numeric(6, 1) NOT NULL
);

CREATE TABLE player_stats (
    player_id text NOT NULL REFERENCES players,
    season integer NOT NULL,
    week integer NOT NULL,
    points numeric(5, 1) NOT NULL,
    passing_yards integer NOT NULL,
    rushing_yards integer NOT NULL,
    receiving_yards integer NOT NULL,
    touchdowns integer NOT NULL,
    PRIMARY KEY (season, week, player_id)
);

CREATE TABLE player_projections (
    player_id text NOT NULL REFERENCES players,
    season integer NOT NULL,
    week integer NOT NULL,
    points numeric(5, 1) NOT NULL,
    PRIMARY KEY (season, week, player_id)
);

-- A player belongs to at most one team of a league: the composite keys hold it. Lineups are rewritten often
-- and change no indexed column, so pages keep room for such updates.
CREATE TABLE roster_players (
    id text PRIMARY KEY,
    league_id text NOT NULL,
    team_id text NOT NULL,
    player_id text NOT NULL REFERENCES players,
    slot text NOT NULL CHECK (slot IN ('QB', 'RB', 'WR', 'TE', 'FLEX', 'K', 'DST', 'BENCH')),
    is_starter boolean GENERATED ALWAYS AS (slot <> 'BENCH') STORED,
    UNIQUE (league_id, player_id),
    FOREIGN KEY (team_id, league_id) REFERENCES teams (id, league_id)
) WITH (fillfactor = 60);

CREATE TABLE matchups (
    id text PRIMARY KEY,
    league_id text NOT NULL REFERENCES leagues,
    season integer NOT NULL,
    week integer NOT NULL,
    home_team_id text NOT NULL REFERENCES teams,
    away_team_id text NOT NULL REFERENCES teams,
    home_score numeric(5, 1) NOT NULL,
    away_score numeric(5, 1) NOT NULL,
    is_complete boolean NOT NULL,
    CHECK (home_team_id <> away_team_id),
    UNIQUE (league_id, season, week, home_team_id)
);

CREATE TABLE trade_proposals (
    id text PRIMARY KEY,
    league_id text NOT NULL,
    proposing_team_id text NOT NULL,
    receiving_team_id text NOT NULL,
    status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'ACCEPTED', 'REJECTED', 'CANCELLED')),
    message text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (proposing_team_id <> receiving_team_id),
    FOREIGN KEY (proposing_team_id, league_id) REFERENCES teams (id, league_id),
    FOREIGN KEY (receiving_team_id, league_id) REFERENCES teams (id, league_id)
);

CREATE TABLE trade_players (
    trade_id text NOT NULL REFERENCES trade_proposals ON DELETE CASCADE,
    player_id text NOT NULL REFERENCES players,
    giving_team_id text NOT NULL REFERENCES teams,
    PRIMARY KEY (trade_id, player_id)
);

CREATE TABLE trade_history (
    trade_id text PRIMARY KEY REFERENCES trade_proposals ON DELETE CASCADE,
    league_id text NOT NULL REFERENCES leagues,
    accepted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE waiver_claims (
    id text PRIMARY KEY,
    team_id text NOT NULL REFERENCES teams,
    player_id text NOT NULL REFERENCES players,
    drop_player_id text REFERENCES players,
    status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'GRANTED', 'DENIED')),
    message text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE team_waiver_priority (
    team_id text PRIMARY KEY REFERENCES teams,
    priority integer NOT NULL CHECK (priority > 0)
);

CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id text NOT NULL REFERENCES users,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION player_card(player players) RETURNS json LANGUAGE sql STABLE RETURN json_build_object(
    'id', player.id,
    'name', player.name,
    'position', player.position,
    'nflTeam', player.nfl_team,
    'fantasyPoints', player.fantasy_points,
    'projectedPoints', player.projected_points
);

CREATE FUNCTION slot_order(slot text) RETURNS integer LANGUAGE sql IMMUTABLE RETURN
    array_position(ARRAY['QB', 'RB', 'WR', 'TE', 'FLEX', 'K', 'DST', 'BENCH'], slot);
