"""What a check asks of a target: figures of the operations manual, and ours where it names none."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.slo.model import Unit
from preseason.slo.quantities import MistakeError, did_you_mean, quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

OPTION = "--limit"
GIVEN = "given with --limit"


@dataclass(frozen=True, slots=True)
class Limit:
    """A value in ``unit``, and where it is from."""

    value: float
    unit: Unit
    source: str


@dataclass(frozen=True, slots=True)
class Limits:
    """All of them; on a command line, ``-`` stands for ``_``."""

    #: One answer is no percentile, so the manual's target of 200 ms is not asked here: a gate asks it.
    response: Limit = Limit(1000.0, Unit.MS, "manual, warning alerts: response time > 1000 ms")
    response_critical: Limit = Limit(2000.0, Unit.MS, "manual, critical alerts: response time > 2000 ms")
    health_age: Limit = Limit(60_000.0, Unit.MS, "ours; the manual names none")
    slow_query: Limit = Limit(1000.0, Unit.MS, "manual, database metrics: slow is > 1 s")
    transaction: Limit = Limit(60_000.0, Unit.MS, "ours; the manual names none")
    connections: Limit = Limit(0.8, Unit.RATIO, "ours, as in slo/release.yaml; the manual names none")
    connections_critical: Limit = Limit(0.95, Unit.RATIO, "ours; the manual names none")
    redis_memory: Limit = Limit(0.85, Unit.RATIO, "manual, scaling triggers: memory usage > 85 %")
    redis_clients: Limit = Limit(0.8, Unit.RATIO, "ours; the manual names none")
    hit_rate: Limit = Limit(0.9, Unit.RATIO, "manual, cache metrics: hit rate > 90 %")
    availability: Limit = Limit(0.999, Unit.RATIO, "manual, application metrics: availability 99.9 %")


def limits_of(given: Iterable[str]) -> Limits:
    """With those of ``NAME=VALUE`` in place of ours; BadInputError with every one that cannot be meant."""
    limits, problems = Limits(), []
    known = {one.name.replace("_", "-"): one.name for one in fields(Limits)}
    for text in given:
        name, _, value = (part.strip() for part in text.partition("="))
        if name not in known:
            problems.append(Problem(f"there is no limit {name!r}", OPTION, did_you_mean(name, known)))
            continue
        limit: Limit = getattr(limits, known[name])
        try:
            changed = Limit(_sensible(value, limit.unit), limit.unit, GIVEN)
        except MistakeError as mistake:
            problems.append(Problem(mistake.cause, f"{OPTION} {name}", mistake.remedy))
        else:
            limits = replace(limits, **{known[name]: changed})
    if problems:
        raise BadInputError(problems)
    return limits


def _sensible(text: str, unit: Unit) -> float:
    value = quantity(text, unit)
    if value <= 0 or (unit is Unit.RATIO and value > 1):
        wanted = "above 0 and at most 100 %" if unit is Unit.RATIO else "above 0"
        raise MistakeError(f"{text} is not {wanted}", "name a limit that can be kept, and be missed")
    return value
