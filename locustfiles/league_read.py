"""Looking around: what most visits are."""

from __future__ import annotations

from locust import task

from preseason.traffic.astral.choices import search_term
from preseason.traffic.astral.manager import Manager
from preseason.traffic.astral.model import same


class LeagueRead(Manager):
    """Reads the league's page, this week's matchups, another team, and looks up a player.

    Four requests and about 5 s of thinking. Another team is opened only where the standings name its owner.
    """

    weight = 60

    @task
    def look_around(self) -> None:
        page = self.api.league(self.team.league_id)
        self.think(2.0)
        self.api.matchups(self.team.league_id, page.week)
        self.think(1.5)
        if others := [owner_id for owner_id in page.owner_ids if not same(owner_id, self.team.owner_id)]:
            self.api.team(self.random.choice(others))
            self.think(1.5)
        self.api.players(search=search_term(self.team.roster, self.random))
