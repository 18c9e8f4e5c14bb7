"""Leaving a page open while the games are on: nobody clicks, the page asks by itself."""

from __future__ import annotations

import gevent
from locust import task

from preseason.traffic.astral.manager import Manager

SCOREBOARD_EVERY_S = 30.0
LOOKS = 4


class Watching(Manager):
    """Keeps the league's page and its scoreboard open for two minutes.

    The page is read when it is opened and again after 120 s, the matchups every 30 s in between: by a timer,
    not when somebody has thought. Six requests.
    """

    weight = 5

    @task
    def leave_it_open(self) -> None:
        page = self.api.league(self.team.league_id)
        for _ in range(LOOKS):
            self.api.matchups(self.team.league_id, page.week)
            gevent.sleep(SCOREBOARD_EVERY_S)
        self.api.league(self.team.league_id)
