"""Makes the whole world from two numbers: the same leagues and seed give the same rows, ids and all. Pure."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from preseason.astral_field.rules import BENCH, Held, filled
from preseason.astral_field.seeding import names, schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEASON: Final = 2026
CURRENT_WEEK: Final = 10
TEAMS: Final = 10
PASSWORD: Final = "season-opener"  # noqa: S105 - of synthetic accounts, and published

#: How many players there are, how many of them a team holds, and the points a week of the best and the last.
POSITIONS: Final = {
    "QB": (110, 2, 24.0, 5.0),
    "RB": (250, 5, 20.0, 1.0),
    "WR": (380, 5, 19.0, 1.0),
    "TE": (188, 2, 15.0, 1.0),
    "K": (40, 1, 10.0, 5.0),
    "DST": (32, 1, 11.0, 3.0),
}
#: A league drafts from the best of each position, this many times what its teams hold.
DRAFT_DEPTH: Final = 1.6


class Player(NamedTuple):
    """Somebody to hold; ``points`` are of the weeks already played, ``projections`` of the whole season."""

    id: str
    name: str
    position: str
    nfl_team: str
    points: tuple[float, ...]
    projections: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A team; ``roster`` says who is held, in which slot."""

    id: str
    owner_id: str
    name: str
    roster: tuple[tuple[Player, str], ...]

    def score(self, week: int) -> float:
        """What its starters scored in a week, as a sum of tenths."""
        return round(sum(player.points[week - 1] for player, slot in self.roster if slot != BENCH), 1)


@dataclass(frozen=True, slots=True)
class Matchup:
    """Two teams in a week; ``score`` is of home and away, None before it is played."""

    id: str
    week: int
    home: Team
    away: Team
    score: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class League:
    """Ten teams and their season; ``number`` counts from 1."""

    id: str
    number: int
    teams: tuple[Team, ...]
    matchups: tuple[Matchup, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is."""

    players: tuple[Player, ...]
    leagues: tuple[League, ...]


def build(leagues: int, seed: int) -> World:
    """The world of a season in its tenth week."""
    random = Random(seed)  # noqa: S311 - repeatable, nothing secret
    players = tuple(_players(seed, random))
    return World(players, tuple(_league(seed, number, players, random) for number in range(1, leagues + 1)))


def opaque_id(seed: int, *parts: object) -> str:
    """Shaped like the real platform's ids: a c and 24 letters or digits."""
    text = ":".join(map(str, (seed, *parts)))
    return "c" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _players(seed: int, random: Random) -> Iterator[Player]:
    fullnames = [f"{first} {last}" for first, last in itertools.product(names.FIRST_NAMES, names.LAST_NAMES)]
    extended = fullnames + [f"{name} Jr." for name in fullnames[: len(fullnames) // 4]]
    random.shuffle(extended)
    spare = iter(extended)
    for position, (count, _, best, last) in POSITIONS.items():
        for rank in range(count):
            mean = last + (best - last) * 0.5 ** (6 * rank / count)
            nfl_team = names.NFL_TEAMS[rank % len(names.NFL_TEAMS)]
            yield Player(
                opaque_id(seed, "player", position, rank),
                f"{nfl_team} Defense" if position == "DST" else next(spare),
                position,
                nfl_team,
                tuple(_around(mean, 0.4, random) for _ in range(1, CURRENT_WEEK)),
                tuple(_around(mean, 0.15, random) for _ in range(schedule.WEEKS)),
            )


def _around(mean: float, spread: float, random: Random) -> float:
    return max(0.0, round(random.gauss(mean, mean * spread), 1))


def _league(seed: int, number: int, players: Sequence[Player], random: Random) -> League:
    league_id = opaque_id(seed, "league", number)
    teams = tuple(
        Team(
            opaque_id(seed, "team", number, index),
            opaque_id(seed, "user", (number - 1) * TEAMS + index + 1),
            f"{names.TEAM_ADJECTIVES[(number + index) % 10]} {names.TEAM_NOUNS[index]}",
            tuple(_with_slots(roster)),
        )
        for index, roster in enumerate(_draft(players, random))
    )
    return League(league_id, number, teams, tuple(_matchups(seed, number, teams)))


def _draft(players: Sequence[Player], random: Random) -> Iterator[list[Player]]:
    """A roster for each team; no player is in two of them."""
    hands: list[list[Player]] = [[] for _ in range(TEAMS)]
    for position, (count, held, *_) in POSITIONS.items():
        candidates = [player for player in players if player.position == position]
        wanted = TEAMS * held
        picked = random.sample(candidates[: min(count, round(wanted * DRAFT_DEPTH))], wanted)
        for index, player in enumerate(picked):
            hands[index % TEAMS].append(player)
    yield from hands


def _with_slots(roster: list[Player]) -> Iterator[tuple[Player, str]]:
    best_first = sorted(roster, key=lambda player: player.projections[CURRENT_WEEK - 1], reverse=True)
    slots = filled([Held(player.id, player.position) for player in best_first])
    return ((player, slots[player.id]) for player in roster)


def _matchups(seed: int, number: int, teams: Sequence[Team]) -> Iterator[Matchup]:
    for week, pairs in enumerate(schedule.round_robin(len(teams)), start=1):
        for home, away in ((teams[first], teams[second]) for first, second in pairs):
            played = (home.score(week), away.score(week)) if week < CURRENT_WEEK else None
            yield Matchup(opaque_id(seed, "matchup", number, week, home.id), week, home, away, played)
