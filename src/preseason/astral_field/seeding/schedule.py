"""Who plays whom in each week of the regular season. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

WEEKS: Final = 14


def round_robin(teams: int) -> Iterator[list[tuple[int, int]]]:
    """For each week the pairs (home, away) of an even number of teams, everybody once a week.

    The circle method: one team stays, the others move on by one place a week, so in ``teams - 1`` weeks all
    have met; after that it begins again with home and away exchanged.
    """
    for week in range(WEEKS):
        lap, shift = divmod(week, teams - 1)
        circle = [0, *((place + shift) % (teams - 1) + 1 for place in range(teams - 1))]
        pairs = [(circle[place], circle[-1 - place]) for place in range(teams // 2)]
        yield pairs if lap % 2 == 0 else [(away, home) for home, away in pairs]
