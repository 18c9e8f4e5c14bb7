"""What a legal lineup is, and how a roster keeps one after a trade. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

#: Starting slots of a lineup; whoever has none sits on the bench.
STARTING_SLOTS: Final[Mapping[str, int]] = {"QB": 1, "RB": 2, "WR": 2, "TE": 1, "FLEX": 1, "K": 1, "DST": 1}
STARTERS: Final = sum(STARTING_SLOTS.values())
ROSTER_SIZE: Final = 16
FLEX: Final = "FLEX"
FLEX_POSITIONS: Final = frozenset({"RB", "WR", "TE"})
BENCH: Final = "BENCH"


class RuleError(Exception):
    """A lineup or a trade that the rules of the game forbid; the message says why."""


@dataclass(frozen=True, slots=True)
class Held:
    """A player on a roster."""

    player_id: str
    position: str
    slot: str = BENCH


def filled(preferred: Sequence[Held]) -> dict[str, str]:
    """A slot for each player id, the earlier players first into the starting slots.

    Raises RuleError when a starting slot stays empty. As only FLEX takes more than one position, filling
    it last finds a legal lineup whenever there is one.
    """
    slots: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for player in preferred:
        if taken[player.position] < STARTING_SLOTS[player.position]:
            slots[player.player_id] = player.position
            taken[player.position] += 1
    flexible = (p for p in preferred if p.position in FLEX_POSITIONS and p.player_id not in slots)
    if flex := next(flexible, None):
        slots[flex.player_id] = FLEX
        taken[FLEX] += 1
    if empty := [slot for slot, size in STARTING_SLOTS.items() if taken[slot] < size]:
        raise RuleError(f"nobody can start at {', '.join(empty)}")
    return {player.player_id: slots.get(player.player_id, BENCH) for player in preferred}


def lineup(roster: Sequence[Held], starters: Collection[str]) -> dict[str, str]:
    """A slot for each player of the roster when exactly ``starters`` (player ids) start.

    Raises RuleError unless they fill every starting slot, each once.
    """
    if len(starters) != STARTERS:
        raise RuleError(f"a lineup has {STARTERS} starters, not {len(starters)}")
    starting = filled([player for player in roster if player.player_id in starters])
    return {player.player_id: starting.get(player.player_id, BENCH) for player in roster}


def traded(roster: Sequence[Held], given: Iterable[str], received: Sequence[Held]) -> dict[str, str]:
    """A slot for each player of the roster after a trade of as many players as come for it.

    Who starts goes on starting; empty slots go to the bench, and only then to newcomers, in the order of
    ``roster`` and ``received``. Raises RuleError when no legal lineup is left.
    """
    gone = set(given)
    staying = [player for player in roster if player.player_id not in gone]
    starting_first = sorted(staying, key=lambda player: player.slot == BENCH)
    return filled([*starting_first, *received])
