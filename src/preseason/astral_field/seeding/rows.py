"""The world as rows, table by table, in an order that foreign keys allow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from preseason.astral_field.seeding.schedule import WEEKS
from preseason.astral_field.seeding.world import CURRENT_WEEK, SEASON, TEAMS, opaque_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from preseason.astral_field.seeding.world import League, Player, Team, World

Row: TypeAlias = "tuple[object, ...]"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for the named columns of a table."""

    table: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def tables(world: World, seed: int, password_hash: str) -> Iterator[Rows]:
    """Everything to be loaded. All accounts share one password hash, so that seeding stays fast."""
    leagues = world.leagues
    yield Rows(
        "users",
        ("id", "email", "name", "role", "password_hash"),
        ((*row, password_hash) for row in _users(leagues)),
    )
    yield Rows(
        "leagues",
        ("id", "name", "description", "season", "current_week", "max_teams"),
        (
            (league.id, f"Astral League {league.number}", "A synthetic league", SEASON, CURRENT_WEEK, TEAMS)
            for league in leagues
        ),
    )
    yield Rows(
        "teams",
        (
            *("id", "league_id", "owner_id", "name"),
            *("wins", "losses", "ties", "points_for", "points_against"),
        ),
        (
            (team.id, league.id, team.owner_id, team.name, *_record(league, team))
            for league in leagues
            for team in league.teams
        ),
    )
    yield from _players(world.players)
    yield from _league_life(leagues, seed)


def emails(leagues: int) -> Iterator[str]:
    """Every account's address, league by league."""
    return (f"manager{number}@astral.example" for number in range(1, leagues * TEAMS + 1))


def _users(leagues: tuple[League, ...]) -> Iterator[Row]:
    owners = (team.owner_id for league in leagues for team in league.teams)
    for index, (owner, email) in enumerate(zip(owners, emails(len(leagues)), strict=True)):
        role = "PLAYER" if index % TEAMS else "COMMISSIONER"
        yield owner, email, f"Manager {index + 1}", role


def _record(league: League, team: Team) -> Row:
    """Wins, losses, ties, points for and against, of the weeks already played."""
    played = [
        match.score if match.home is team else match.score[::-1]
        for match in league.matchups
        if match.score and team in (match.home, match.away)
    ]
    wins = sum(own > other for own, other in played)
    losses = sum(own < other for own, other in played)
    points_for, points_against = (round(sum(points), 1) for points in zip(*played, strict=True))
    return wins, losses, len(played) - wins - losses, points_for, points_against


def _players(players: tuple[Player, ...]) -> Iterator[Rows]:
    yield Rows(
        "players",
        ("id", "name", "position", "nfl_team", "fantasy_points", "projected_points"),
        (
            (p.id, p.name, p.position, p.nfl_team, round(sum(p.points), 1), p.projections[CURRENT_WEEK - 1])
            for p in players
        ),
    )
    yield Rows(
        "player_stats",
        (
            *("player_id", "season", "week", "points"),
            *("passing_yards", "rushing_yards", "receiving_yards", "touchdowns"),
        ),
        (
            (player.id, SEASON, week, points, *_deeds(player.position, points))
            for player in players
            for week, points in enumerate(player.points, start=1)
        ),
    )
    yield Rows(
        "player_projections",
        ("player_id", "season", "week", "points"),
        (
            (player.id, SEASON, week, points)
            for player in players
            for week, points in zip(range(1, WEEKS + 1), player.projections, strict=True)
        ),
    )


def _deeds(position: str, points: float) -> tuple[int, int, int, int]:
    """Passing, rushing and receiving yards and touchdowns that could have brought the points."""
    touchdowns = int(points // 9)
    yards = round((points - 6 * touchdowns) * 10)
    match position:
        case "QB":
            return yards * 2, yards // 5, 0, touchdowns
        case "RB":
            return 0, yards * 3 // 4, yards // 4, touchdowns
        case "WR" | "TE":
            return 0, 0, yards, touchdowns
        case _:
            return 0, 0, 0, 0


def _league_life(leagues: tuple[League, ...], seed: int) -> Iterator[Rows]:
    yield Rows(
        "roster_players",
        ("id", "league_id", "team_id", "player_id", "slot"),
        (
            (opaque_id(seed, "held", league.id, player.id), league.id, team.id, player.id, slot)
            for league in leagues
            for team in league.teams
            for player, slot in team.roster
        ),
    )
    yield Rows(
        "matchups",
        (
            *("id", "league_id", "season", "week", "home_team_id", "away_team_id"),
            *("home_score", "away_score", "is_complete"),
        ),
        (
            (m.id, league.id, SEASON, m.week, m.home.id, m.away.id, *(m.score or (0, 0)), m.score is not None)
            for league in leagues
            for m in league.matchups
        ),
    )
    yield Rows(
        "team_waiver_priority",
        ("team_id", "priority"),
        (
            (team.id, priority)
            for league in leagues
            for priority, team in enumerate(reversed(league.teams), start=1)
        ),
    )
