"""What requests cost. Prices are inputs with a source and a date; none is built in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

HOURS_A_MONTH = 730.0
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Price:
    """What one thing costs, in ``currency``: so much an hour (fixed), or so much a request (marginal)."""

    name: str
    source: str
    day: date
    per_hour: float = 0.0
    per_request: float = 0.0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """Of 1 000 successful requests and of a month, fixed and marginal apart."""

    fixed_per_thousand: float
    marginal_per_thousand: float
    fixed_per_month: float
    marginal_per_month: float

    @property
    def per_thousand(self) -> float:
        return self.fixed_per_thousand + self.marginal_per_thousand

    @property
    def per_month(self) -> float:
        return self.fixed_per_month + self.marginal_per_month


def cost(prices: Sequence[Price], successes_per_s: float, attempts_per_s: float | None = None) -> Cost:
    """At a rate above 0; who fails is paid for too, so that marginal prices count ``attempts_per_s``."""
    attempts = successes_per_s if attempts_per_s is None else attempts_per_s
    hourly = sum(price.per_hour * price.count for price in prices)
    each = sum(price.per_request for price in prices) * attempts / successes_per_s
    fixed = 1000 * hourly / (_SECONDS_AN_HOUR * successes_per_s)
    monthly = successes_per_s * _SECONDS_AN_HOUR * HOURS_A_MONTH
    return Cost(fixed, 1000 * each, hourly * HOURS_A_MONTH, each * monthly)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What 1 000 requests would cost if one price rose by ``rise``, a share of it."""

    name: str
    rise: float
    per_thousand: float


def sensitivity(
    prices: Sequence[Price], successes_per_s: float, rise: float = 0.2
) -> tuple[Sensitivity, ...]:
    """Each price raised on its own, the one that matters most first."""
    found = []
    for index, price in enumerate(prices):
        dearer = replace(
            price, per_hour=price.per_hour * (1 + rise), per_request=price.per_request * (1 + rise)
        )
        changed = [*prices[:index], dearer, *prices[index + 1 :]]
        found.append(Sensitivity(price.name, rise, cost(changed, successes_per_s).per_thousand))
    return tuple(sorted(found, key=lambda one: -one.per_thousand))
