"""Whether the target gave back what the load took: before it, in its first settled part, after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from preseason.run.samples import GENERATOR, labelled
from preseason.slo.model import Unit
from preseason.verdict.endurance.figures import process_named
from preseason.verdict.endurance.model import ReturnResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Series
    from preseason.verdict.evidence import Evidence

_MIB = float(2**20)
#: What is looked at before the load, and at the end of the cool-down.
_LOOK_S = 30.0
#: Of the judged time, the part whose level is what the work takes.
_FIRST_SHARE = 0.1
#: A figure is back where it is no further from before than this part of what the load made of it.
_NEAR = 0.1


class _Figure(NamedTuple):
    """``slack`` is how much more than before is still the same; ``drains`` says that none may be left."""

    name: str
    unit: Unit
    series: Series
    slack: float
    drains: bool = False


def returns_of(evidence: Evidence) -> tuple[ReturnResult, ...]:
    """Each figure that was sampled after the load; none of a run that was not."""
    found = (_result(figure, evidence) for figure in _figures(evidence))
    return tuple(result for result in found if result is not None)


def _figures(evidence: Evidence) -> Iterator[_Figure]:
    samples = evidence.run.samples
    yield _Figure("connections to Postgres", Unit.COUNT, samples.get("postgres", "connections"), 2.0)
    at_work = samples.get("postgres", "connections_by_state", "active")
    yield _Figure("statements at work in Postgres", Unit.COUNT, at_work, 1.0, drains=True)
    open_ones = samples.get("postgres", "connections_by_state", "idle in transaction")
    yield _Figure("sessions idle in a transaction", Unit.COUNT, open_ones, 0.0, drains=True)
    blocked = samples.get("postgres", "blocked")
    yield _Figure("sessions that wait for a lock", Unit.COUNT, blocked, 0.0, drains=True)
    waiting = samples.get("pgbouncer", "clients_waiting")
    yield _Figure("clients that wait for a pool", Unit.COUNT, waiting, 0.0, drains=True)
    for label, series in samples.labelled("redis", "clients").items():
        yield _Figure(labelled("clients of Redis", label), Unit.COUNT, series, 2.0)
    for label, series in samples.labelled("redis", "clients_blocked").items():
        yield _Figure(labelled("blocked clients of Redis", label), Unit.COUNT, series, 0.0, drains=True)
    for label, series in samples.labelled("redis", "memory_bytes").items():
        yield _Figure(labelled("memory of Redis", label), Unit.BYTES, series, _MIB)
    for label, series in samples.labelled("host", "process_rss_bytes").items():
        if label not in {GENERATOR, "collectors", "postgres"}:
            yield _Figure(f"memory of {process_named(label)}", Unit.BYTES, series, _MIB)
    for label, series in samples.labelled("host", "process_open_files").items():
        if label not in {GENERATOR, "collectors", "postgres"}:  # its backends keep files open
            yield _Figure(f"open files of {process_named(label)}", Unit.COUNT, series, 2.0)


def _result(figure: _Figure, evidence: Evidence) -> ReturnResult | None:
    load, judged = evidence.load_and_drain, evidence.judged
    end_s = float(figure.series.time_s[-1]) if len(figure.series) else 0.0
    after = _level(figure.series, max(end_s - _LOOK_S, load.end_s + 1.0), end_s)
    if after is None:
        return None
    before = _level(figure.series, _prepared_s(evidence) - _LOOK_S, _prepared_s(evidence))
    settled_s = judged.start_s + max(_FIRST_SHARE * judged.length_s, 1.0)
    during = _level(figure.series, judged.start_s, settled_s)
    return ReturnResult(
        figure=figure.name,
        unit=figure.unit.value,
        before=before,
        during=during,
        after=after,
        outcome=_outcome(figure, before, during, after),
    )


def _prepared_s(evidence: Evidence) -> float:
    """When users began to be created: from then on the target has something to do."""
    told = (event.at_s for event in evidence.run.timeline if event.kind.value == "preparing")
    return next(told, float(evidence.load.start_s))


def _level(series: Series, start_s: float, end_s: float) -> float | None:
    part = series.between(start_s, end_s)
    return float(np.median(part.value)) if len(part) else None


def _outcome(
    figure: _Figure, before: float | None, during: float | None, after: float
) -> Literal["RETURNED", "KEPT", "LEFT_BEHIND"]:
    if figure.drains:
        return "RETURNED" if after <= (before or 0.0) + figure.slack else "LEFT_BEHIND"
    if before is not None:
        taken = max(0.0, (during or before) - before)
        if after <= before + figure.slack + _NEAR * taken:
            return "RETURNED"
    allowed = during if during is not None else before
    if allowed is None or after <= allowed * (1 + _NEAR) + figure.slack:
        return "KEPT"
    return "LEFT_BEHIND"
