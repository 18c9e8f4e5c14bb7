"""What a manager decides: which players change places, teams or owners. Pure; without a choice, None."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from preseason.traffic.astral.model import same

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from preseason.traffic.astral.model import Held, Id, LeaguePage, Player

#: The one slot that takes several positions.
FLEX: Final = "FLEX"
FLEX_POSITIONS: Final = frozenset({"RB", "WR", "TE"})


@dataclass(frozen=True, slots=True)
class Swap:
    """A starter goes to the bench, and somebody from there starts in his place."""

    out: Player
    into: Player

    def applied(self, starters: frozenset[Id]) -> frozenset[Id]:
        """Who starts afterwards, as player ids."""
        return starters - {self.out.id} | {self.into.id}


@dataclass(frozen=True, slots=True)
class Offer:
    """One player of ours for one of ``partner_id``'s team."""

    partner_id: Id
    give: Player
    get: Player


@dataclass(frozen=True, slots=True)
class Claim:
    """A free player, and whom he replaces."""

    add: Player
    drop: Player


def swaps(roster: Sequence[Held]) -> list[Swap]:
    """Every swap after which the lineup is as legal as before."""
    bench = [held.player for held in roster if not held.starts]
    starters = [held for held in roster if held.starts]
    return [Swap(held.player, player) for held in starters for player in bench if _takes(held, player)]


def _takes(starter: Held, player: Player) -> bool:
    """Whether the starter's slot takes the player; one of his own position fits whatever slots are called."""
    if starter.player.position == player.position:
        return True
    return starter.slot == FLEX and {starter.player.position, player.position} <= FLEX_POSITIONS


def swap(roster: Sequence[Held], random: Random) -> Swap | None:
    """Any legal one."""
    legal = swaps(roster)
    return random.choice(legal) if legal else None


def offer(page: LeaguePage, team_id: Id, random: Random) -> Offer | None:
    """One for one from bench to bench, at one position, so that both rosters stay legal."""
    partners = [other_id for other_id in page.team_ids if not same(other_id, team_id)]
    ours = _bench(page.roster(team_id))
    for partner_id in random.sample(partners, len(partners)):
        pairs = [
            Offer(partner_id, give, get)
            for give in ours
            for get in _bench(page.roster(partner_id))
            if give.position == get.position
        ]
        if pairs:
            return random.choice(pairs)
    return None


def claim(free: Sequence[Player], roster: Sequence[Held], random: Random, *, among: int = 10) -> Claim | None:
    """One of the best free players for the weakest one on the bench at his position.

    ``free`` comes with the best first; only the first ``among`` whom we have room for are considered.
    """
    weakest: dict[str, Player] = {}
    for player in sorted(_bench(roster), key=lambda player: -player.points):
        weakest[player.position] = player
    wanted = [player for player in free if player.position in weakest][:among]
    if not wanted:
        return None
    add = random.choice(wanted)
    return Claim(add, weakest[add.position])


def search_term(roster: Sequence[Held], random: Random) -> str:
    """What one types to find a player one has heard of: a part of his name; NFL teams are found too."""
    if not roster:
        return "KC"
    words = random.choice(roster).player.name.split()
    return words[min(1, len(words) - 1)]


def _bench(roster: Sequence[Held]) -> list[Player]:
    return [held.player for held in roster if not held.starts]
