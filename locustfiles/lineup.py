"""Setting a lineup before kickoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locust import task

from preseason.traffic.astral import choices
from preseason.traffic.astral.manager import Manager
from preseason.traffic.astral.model import ContentError

if TYPE_CHECKING:
    from preseason.traffic.astral.model import Team


class Lineup(Manager):
    """Looks at its team and at free players, swaps a starter and a bench player, and looks whether it stuck.

    Five requests and about 5 s of thinking. The journey ends with the lineup it found; a user who is stopped
    midway puts it back. A team in which nobody can replace anybody is only looked at.
    """

    weight = 20
    _found: Team | None = None

    @task
    def swap_two(self) -> None:
        with self.alone():
            try:
                self._swap_two()
            finally:
                self.take_back()

    def undo(self) -> None:
        if self._found:
            self.api.set_lineup(self._found, self._found.starters)
            self._found = None

    def _swap_two(self) -> None:
        team = self.api.team(self.team.owner_id)
        self.think(1.5)
        swap = choices.swap(team.roster, self.random)
        if swap is None:
            return
        self.api.players(position=swap.out.position)
        self.think(2.0)
        wanted = swap.applied(team.starters)
        self._found = self._found or team
        self.api.set_lineup(team, wanted)
        self.think(1.5)

        def stuck(shown: Team) -> None:
            if shown.starters != wanted:
                raise ContentError("a lineup that did not stick")

        self.api.team(team.owner_id, also=stuck)
