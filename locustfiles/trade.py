"""Proposing trades, and dealing with what others propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locust import task

from preseason.traffic.astral import choices
from preseason.traffic.astral.api import MARK
from preseason.traffic.astral.manager import Manager

if TYPE_CHECKING:
    from locust.env import Environment

    from preseason.traffic.astral.model import Id


class Trade(Manager):
    """Reads the league's rosters, proposes one player for one, sees the list, and answers what is in it.

    Four to six requests and about 5 s of thinking. Proposals carry a mark, and only marked ones are answered,
    always by a rejection: an accepted trade could not be undone. Half of a user's proposals are cancelled at
    once; the others are left to the partner until the next journey. So no user has more than one pending.
    """

    weight = 8

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._open: set[Id] = set()

    @task
    def propose(self) -> None:
        page = self.api.league(self.team.league_id)
        self.think(2.0)
        self.undo()
        offer = choices.offer(page, self.team.id, self.random)
        if offer is None:
            return
        self.api.propose(self.team.id, offer, note=self._open.add)
        self.think(1.5)
        pending = self.api.pending_trades(self.team.league_id, self.team.id)
        self.think(1.5)
        for trade in pending:
            if trade.can_respond and trade.message.startswith(MARK):
                self.api.reject(trade.id)
        if self.random.choice((True, False)):
            self.undo()

    def undo(self) -> None:
        for trade_id in tuple(self._open):
            self.api.cancel(trade_id)
            self._open.discard(trade_id)
