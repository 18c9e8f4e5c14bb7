"""What one step of a capacity search measured, and the figures that all steps yield together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from preseason.planning.scalability.assessing import assess
from preseason.planning.scalability.points import Points
from preseason.planning.search.demand import Demand, demand
from preseason.planning.search.resources import Span, Use, uses
from preseason.run.requests import Clock
from preseason.verdict.evidence import evidence_of
from preseason.verdict.model import Decision, Outcome
from preseason.verdict.statistics.little import balance_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.planning.scalability.assessing import Scalability
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.verdict.model import Verdict

_FEWEST_LEVELS = 3
#: Throughput that falls by this share below its peak, under more load, has collapsed.
_COLLAPSED = 0.9
#: Response times this many times those of the lightest step: the curve has left the ground.
_BENT = 2.0
#: Parts of a step whose scatter tells how sure its throughput is, and the end of the interval.
_BATCHES, _END = 10, 0.975


@dataclass(frozen=True, slots=True)
class Measured:
    """A judged step: rates are requests a second; ``concurrency`` is the mean number of requests in flight.

    ``margin`` is how far ``succeeded`` may be off (95 %), ``uses`` what each resource was used, by its name.
    ``failed_ms`` is the mean time of failures, ``bytes_each`` the size of an answer. ``little`` is how far
    journeys in flight, sampled on their own, differ from those that were booked, as a share (N = X R); None
    where the step did not end with nothing in flight.
    """

    offered: float
    succeeded: float
    errors: float
    p95_ms: float | None
    concurrency: float
    valid: bool
    uses: dict[str, Use] = field(default_factory=dict)
    margin: float | None = None
    failed_ms: float | None = None
    bytes_each: float | None = None
    little: float | None = None

    @property
    def mean_ms(self) -> float:
        """The mean service time of successes, by Little's law."""
        return 1000 * self.concurrency / self.succeeded if self.succeeded else 0.0


def measured(
    run: Run, verdict: Verdict, offered: float, limits: Mapping[str, float] | None = None
) -> Measured | None:
    """From a run and its verdict; None where nothing was judged.

    ``offered`` is in arrivals a second, ``limits`` are the cores that processes of the target may use.
    """
    evidence = evidence_of(run, verdict.window.warmup_s if verdict.window else None)
    if evidence is None or evidence.judged.length_s <= 0:
        return None
    span = evidence.judged
    requests = run.requests.between(span.start_s, span.end_s)
    successes, failures = requests.successes(), requests.failures()
    rate = successes.total / span.length_s
    return Measured(
        offered=offered,
        succeeded=rate,
        errors=failures.total / requests.total if requests.total else 0.0,
        p95_ms=successes.histogram().quantile_ms(0.95),
        concurrency=rate * (successes.mean_ms(Clock.SERVICE) or 0.0) / 1000,
        valid=verdict.verdict is not Decision.INVALID,
        uses=uses(run.samples, Span(span.start_s, span.end_s), limits or {}),
        margin=_margin(successes, span.start_s, span.end_s),
        failed_ms=failures.mean_ms(Clock.SERVICE),
        bytes_each=_bytes_each(requests),
        little=_little(run),
    )


def _margin(successes: Requests, start_s: int, end_s: int) -> float | None:
    """Half of the interval of the throughput, from equal parts of the step; None with too short parts."""
    counts = successes.per_second(start_s, end_s)
    length = len(counts) // _BATCHES
    if not length:
        return None
    parts = counts[: length * _BATCHES].reshape(_BATCHES, length).mean(axis=1)
    return float(stdtrit(_BATCHES - 1, _END) * np.std(parts, ddof=1) / math.sqrt(_BATCHES))


def _bytes_each(requests: Requests) -> float | None:
    total = requests.total
    return float(requests.received_bytes[requests.rows].sum()) / total if total else None


def _little(run: Run) -> float | None:
    balance = balance_of(run)
    larger = max(balance.in_flight_s, balance.booked_s) if balance else 0.0
    return abs(balance.in_flight_s - balance.booked_s) / larger if balance and larger else None


def binding(verdict: Verdict) -> str:
    """The required objective that failed, the gravest first; empty where none did."""
    failed = [one for one in verdict.objectives if one.required and one.outcome is Outcome.FAIL]
    return min(failed, key=lambda one: one.severity).name if failed else ""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where throughput bends, peaks and collapses, as offered rates (arrivals a second); None: not seen.

    The knee lies between ``knee_after`` and ``knee``, the collapse between ``collapse_after`` and
    ``collapse``: the steps on either side. ``peak`` is the highest throughput of successes in requests a
    second, give or take ``peak_margin`` (95 %), reached at ``peak_at``; ``peaked`` says that more load was
    offered and brought no more.
    """

    knee: float | None = None
    knee_after: float | None = None
    peak: float | None = None
    peak_margin: float | None = None
    peak_at: float | None = None
    peaked: bool = False
    collapse: float | None = None
    collapse_after: float | None = None


def landmarks(steps: Sequence[Measured]) -> Landmarks:
    """From the valid steps; a knee in response times is descriptive, not a limit."""
    valid = sorted((one for one in steps if one.valid), key=lambda one: one.offered)
    if not valid:
        return Landmarks()
    best = max(valid, key=lambda one: one.succeeded)
    knee = _first_bent(valid)
    collapse = next(
        (
            one.offered
            for one in valid
            if one.offered > best.offered and one.succeeded < _COLLAPSED * best.succeeded
        ),
        None,
    )
    return Landmarks(
        knee=knee,
        knee_after=_before(valid, knee),
        peak=best.succeeded,
        peak_margin=best.margin,
        peak_at=best.offered,
        peaked=valid[-1].offered > best.offered,
        collapse=collapse,
        collapse_after=_before(valid, collapse),
    )


def _first_bent(valid: Sequence[Measured]) -> float | None:
    """The lowest rate from which on every p95 is a multiple of that of the lightest step.

    One slow step among faster ones above it is a hiccup of the target, no knee.
    """
    ground, knee = valid[0].p95_ms, None
    for one in reversed(valid):
        if not (ground and one.p95_ms and one.p95_ms > _BENT * ground):
            break
        knee = one.offered
    return knee


def _before(valid: Sequence[Measured], rate: float | None) -> float | None:
    """The highest offered rate below ``rate``."""
    return None if rate is None else max((one.offered for one in valid if one.offered < rate), default=None)


def scalability(steps: Sequence[Measured], most_errors: float = 0.05) -> Scalability | None:
    """The law through the valid steps without many errors, which come fast and would look like speed."""
    points = law_points(steps, most_errors)
    return assess(points) if len(points.levels) >= _FEWEST_LEVELS else None


def law_points(steps: Sequence[Measured], most_errors: float = 0.05) -> Points:
    """The points that a law is fitted to: requests in flight, and successes a second."""
    usable = [one for one in steps if one.valid and one.errors <= most_errors and one.concurrency > 0]
    return Points.of([one.concurrency for one in usable], [one.succeeded for one in usable])


def demands(steps: Sequence[Measured]) -> tuple[Demand, ...]:
    """What a request costs each resource that was sampled, the one that is used up first first.

    Steps beyond the peak are left out: an overloaded process is busy with other things than answers.
    """
    valid = [one for one in steps if one.valid]
    peak_at = max(valid, key=lambda one: one.succeeded).offered if valid else 0.0
    usable = [one for one in valid if one.offered <= peak_at]
    names = dict.fromkeys(name for one in usable for name in one.uses)
    found = [one for name in names if (one := _demand(name, usable)) is not None]
    return tuple(sorted(found, key=lambda one: (not one.limits, one.saturation_rate)))


def _demand(name: str, steps: Sequence[Measured]) -> Demand | None:
    with_it = [one for one in steps if name in one.uses]
    known = [one.uses[name] for one in with_it]
    limit = max((use.limit for use in known if use.limit is not None), default=math.inf)
    return demand(
        name,
        [step.succeeded for step in with_it],
        [use.used for use in known],
        limit,
        known[0].unit,
        shared=known[0].shared,
        kept=known[0].kept,
    )
