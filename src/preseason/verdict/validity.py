"""Whether a run may be judged at all: an invalid run is not a failing platform.

What counts is what the generator did wrong. A slow target that holds every user is the target's doing, and
counts against it (``arrivals``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.run.manifest import Status
from preseason.run.samples import GENERATOR
from preseason.run.timeline import EventKind
from preseason.verdict import wording
from preseason.verdict.arrivals import arrivals_of
from preseason.verdict.model import Validity
from preseason.verdict.pool import deserted, shortages
from preseason.verdict.statistics.little import balance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.reading import Run
    from preseason.slo.model import Slo
    from preseason.verdict.evidence import Evidence

#: Of one core: a Locust process this busy starts journeys late and times answers wrongly.
SATURATED_CPU = 0.9
#: More of the planned journeys than this, late or lost although a user was free, are another load.
MOST_LOST = 0.03
#: From where on a journey is late, as a share of the strictest latency limit, and at least.
_LATE_SHARE, _LEAST_LATE_MS = 0.25, 50.0
#: Of fewer planned journeys, those that one stall makes late are more than ``MOST_LOST``.
_FEW = 300
#: How late one journey in a hundred may begin, likewise.
_LAG_SHARE, _LEAST_LAG_MS = 0.5, 100.0


def validity_of(run: Run, evidence: Evidence | None, slo: Slo) -> Validity:
    """Valid, or every reason why not; ``evidence`` is None where no load was begun."""
    broken = tuple(_broken(run))
    if evidence is None:
        return Validity(valid=not broken, reasons=broken)
    overtaxed = tuple(_overtaxed(evidence, slo))
    reasons = (*broken, *_clock_jumps(evidence), *overtaxed, *_unsound(evidence))
    return Validity(valid=not reasons, reasons=reasons, generator_bound=bool(overtaxed))


def _overtaxed(evidence: Evidence, slo: Slo) -> Iterator[str]:
    """Signs that the generator, or its machine, had no time for the load."""
    yield from _saturated(evidence)
    yield from _lost(evidence, _lag_ms(slo, _LATE_SHARE, _LEAST_LATE_MS))
    yield from _lagging(evidence, _lag_ms(slo, _LAG_SHARE, _LEAST_LAG_MS))


def _unsound(evidence: Evidence) -> Iterator[str]:
    """What else the load itself shows."""
    yield from _short_of_users(evidence)
    yield from _miscounted(evidence)


def _lag_ms(slo: Slo, share: float, least_ms: float) -> float:
    """How late a journey may begin by the generator's doing: it is part of the response time."""
    return max(least_ms, share * min(slo.limits_ms, default=0.0))


def generator_cpu(evidence: Evidence) -> dict[str, float]:
    """The mean share of a core that each process of the generator used in the judged time."""
    span = evidence.judged
    series = evidence.run.samples.labelled("generator", "cpu").items()
    inside = {process: one.between(span.start_s, span.end_s) for process, one in series}
    return {process: float(one.value.mean()) for process, one in inside.items() if len(one)}


def _broken(run: Run) -> Iterator[str]:
    """What of the generator was lost, whenever that was noticed: what it had not told yet is missing."""
    for event in run.timeline:
        if event.kind is EventKind.WORKER_LOST:
            yield f"a part of the load generator was lost: {event.text}"
    if damaged := _damaged(run):
        yield f"its recordings are damaged: {', '.join(damaged)}"


def _damaged(run: Run) -> tuple[str, ...]:
    """What should be whole and is not: of whoever was killed, what was recorded is judged as it is."""
    if not run.manifest.is_complete:
        return ()
    if run.manifest.status is not Status.RESUMED:
        return run.damaged
    end_s = run.manifest.load_ended_s
    gaps = (e.until_s for e in run.timeline if e.kind is EventKind.GAP and e.source == GENERATOR)
    never_came_back = any(end_s is not None and until_s is not None and until_s >= end_s for until_s in gaps)
    newest = frozenset() if never_came_back else run.newest_segments
    return tuple(name for name in run.damaged if name in newest)


def _clock_jumps(evidence: Evidence) -> Iterator[str]:
    load = evidence.load_and_drain
    for event in evidence.run.timeline:
        if event.kind is EventKind.CLOCK_JUMP and load.start_s <= event.at_s <= load.end_s:
            yield f"the clock jumped while the load ran: {event.text}"


def _saturated(evidence: Evidence) -> Iterator[str]:
    if not evidence.requests.total:
        return  # a Locust file that sends nothing may spin: there is no figure that this could spoil
    for process, share in generator_cpu(evidence).items():
        if share > SATURATED_CPU:
            named = f"process {process}" if process else "its process"
            used = f"{named} used {wording.percent(share)} of a core"
            yield f"the load generator was saturated: {used}; use more --processes, or a lower rate"


def _lost(evidence: Evidence, late_ms: float) -> Iterator[str]:
    due = arrivals_of(evidence.run, evidence.judged)
    lost = due.lost_to_generator(late_ms)
    if lost > MOST_LOST * due.planned:
        counted = f"{wording.count(lost)} of {wording.count(due.planned)} planned journeys"
        share, late = wording.percent(lost / due.planned), f"more than {wording.milliseconds(late_ms)} late"
        yield (
            f"{counted} ({share}) began {late} or never, although a user was free; {_more_time(due.planned)}"
        )


def _lagging(evidence: Evidence, limit_ms: float) -> Iterator[str]:
    due = arrivals_of(evidence.run, evidence.judged)
    lag_ms = None if due.starved else due.lags.quantile_ms(0.99)
    if lag_ms is not None and lag_ms > limit_ms:
        lag, limit = wording.milliseconds(lag_ms), wording.milliseconds(limit_ms)
        yield (
            f"one journey in a hundred began {lag} late, by the generator's doing, where {limit} is allowed; "
            f"{_more_time(due.planned)}"
        )
    elif due.planned == 0 and (stall_ms := _usual_stall_ms(evidence)) > limit_ms:
        stall, limit = wording.milliseconds(stall_ms), wording.milliseconds(limit_ms)
        yield (
            f"the load generator's loop stood still for {stall} in most seconds, where {limit} is allowed; "
            f"{_more_time()}"
        )


def _more_time(planned: int | None = None) -> str:
    """The way out; among ``planned`` journeys so few that one stall of the machine is too much, another."""
    spare = "give the load generator a machine with time to spare"
    is_short = planned is not None and planned < _FEW
    return f"{spare}, or load for longer: one stall is much of so few" if is_short else spare


def _short_of_users(evidence: Evidence) -> Iterator[str]:
    if deserted(evidence):
        yield "most users stopped before the load began, and journeys waited for them; traffic.log says why"
        return
    for shortage in shortages(evidence):
        named = f"of {shortage.scenario} " if shortage.scenario else ""
        yield (
            f"journeys {named}waited for users who were thinking: there were {shortage.users}, about "
            f"{shortage.needed} are needed; give more accounts, a larger max_in_flight, or a lower rate"
        )


def _miscounted(evidence: Evidence) -> Iterator[str]:
    balance, seconds = balance_of(evidence.run), evidence.load_and_drain.length_s
    if balance is None or balance.holds or not seconds:
        return
    in_flight, finished, product = (
        wording.significant(total / seconds)
        for total in (balance.in_flight_s, balance.journeys, balance.booked_s)
    )
    each = wording.milliseconds(1000 * balance.booked_s / max(balance.journeys, 1))
    yield (
        f"the load generator miscounted: {in_flight} journeys were in flight on average, "
        f"but {finished} a second that took {each} make {product} (Little's law)"
    )


def _usual_stall_ms(evidence: Evidence) -> float:
    span = evidence.judged
    series = evidence.run.samples.labelled("generator", "loop_lag_ms").values()
    inside = [one.between(span.start_s, span.end_s).value for one in series]
    return max((float(np.median(values)) for values in inside if len(values)), default=0.0)
