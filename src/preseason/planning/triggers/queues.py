"""Waiting in line before equal servers: the M/M/c queue (Erlang, 1917; Kleinrock, Queueing Systems, 1975).

Arrivals are Poisson, service times exponential, nobody gives up. Where both vary less, people wait less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.optimize import brentq

if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSE = 1e-9


def erlang_b(servers: int, offered: float) -> float:
    """The share of arrivals that find all servers busy, if those leave; ``offered`` is rate x service."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """The share of arrivals that wait; 1 where more is offered than ``servers`` can do."""
    if offered >= servers:
        return 1.0
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


@dataclass(frozen=True, slots=True)
class Queue:
    """``servers`` of them, each with ``service_s`` on average for an arrival. Rates are arrivals a second."""

    servers: int
    service_s: float

    @property
    def saturation_rate(self) -> float:
        """What arrives beyond this never gets its turn."""
        return self.servers / self.service_s

    def utilisation(self, rate: float) -> float:
        return rate / self.saturation_rate

    def mean_wait_s(self, rate: float) -> float:
        """The mean time in line, without the service; infinite from saturation on."""
        offered = rate * self.service_s
        if offered >= self.servers:
            return math.inf
        return erlang_c(self.servers, offered) * self.service_s / (self.servers - offered)

    def mean_response_s(self, rate: float) -> float:
        return self.mean_wait_s(rate) + self.service_s

    def waits_longer(self, rate: float, than_s: float) -> float:
        """The share of arrivals that wait longer than ``than_s``."""
        offered = rate * self.service_s
        if offered >= self.servers:
            return 1.0
        return erlang_c(self.servers, offered) * math.exp(-(self.servers - offered) * than_s / self.service_s)

    def takes_longer(self, rate: float, than_s: float) -> float:
        """The share of arrivals whose waiting and service together take longer than ``than_s``."""
        offered = rate * self.service_s
        if offered >= self.servers:
            return 1.0
        serving, leaving = 1 / self.service_s, (self.servers - offered) / self.service_s
        waiting = erlang_c(self.servers, offered)
        served_late = math.exp(-serving * than_s)
        if abs(serving - leaving) < _CLOSE * serving:
            both_late = (1 + serving * than_s) * served_late
        else:
            late = serving * math.exp(-leaving * than_s) - leaving * served_late
            both_late = late / (serving - leaving)
        return (1 - waiting) * served_late + waiting * both_late

    def rate_within(self, limit_s: float, share: float) -> float:
        """The highest rate at which ``share`` of arrivals take at most ``limit_s``; 0 where none does."""
        allowed = 1 - share
        if self.takes_longer(0.0, limit_s) > allowed:
            return 0.0
        return _root(lambda rate: self.takes_longer(rate, limit_s) - allowed, self.saturation_rate)


def _root(excess: Callable[[float], float], high: float) -> float:
    return float(brentq(excess, 0.0, high, xtol=_CLOSE * high))
