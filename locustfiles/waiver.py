"""Claiming free players before the waivers run."""

from __future__ import annotations

from locust import task

from preseason.traffic.astral import choices
from preseason.traffic.astral.manager import Manager


class Waiver(Manager):
    """Looks at the free players and at its bench, and claims one of the best for the weakest at his position.

    Three requests and about 4 s of thinking. Claims carry a mark where the platform keeps one. The API cannot
    take them back: run waivers against a target only where claims may stay. Repeated claims choose among ten
    players, so that they do not pile up without end.
    """

    weight = 12

    @task
    def claim(self) -> None:
        free = self.api.available(self.team.owner_id)
        self.think(2.5)
        roster = self.api.team(self.team.owner_id).roster
        self.think(1.5)
        claim = choices.claim(free, roster, self.random)
        if claim is not None:
            self.api.claim(self.team.owner_id, claim)
