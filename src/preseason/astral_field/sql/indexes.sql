-- Beside what the constraints bring. Run at every start: a fault that was killed may have left one missing.

CREATE INDEX IF NOT EXISTS idx_teams_league_points ON teams (league_id, points_for DESC);
CREATE INDEX IF NOT EXISTS idx_roster_team ON roster_players (team_id);
CREATE INDEX IF NOT EXISTS idx_players_name ON players (name, id);
CREATE INDEX IF NOT EXISTS idx_players_projected ON players (projected_points DESC);
CREATE INDEX IF NOT EXISTS idx_trades_league ON trade_proposals (league_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_history_league ON trade_history (league_id, accepted_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS idx_claims_pending ON waiver_claims (team_id, player_id) WHERE status = 'PENDING';
CREATE INDEX IF NOT EXISTS idx_notifications_user ON notifications (user_id, created_at DESC);
