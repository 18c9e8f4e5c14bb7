"""What one step of a capacity search measured, and the figures that all steps yield together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.demand import Demand, demand
from preseason.planning.points import Points
from preseason.planning.scalability import assess
from preseason.run.requests import Clock
from preseason.verdict.evidence import evidence_of
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.scalability import Scalability
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

_FEWEST_LEVELS = 3
#: Throughput that falls by this share below its peak, under more load, has collapsed.
_COLLAPSED = 0.9
#: Response times this many times those of the lightest step: the curve has left the ground.
_BENT = 2.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A judged step: rates are requests a second; ``concurrency`` is the mean number of requests in flight.

    ``cores`` are the mean cores used by each process of the target, by its label.
    """

    offered: float
    succeeded: float
    errors: float
    p95_ms: float | None
    concurrency: float
    cores: dict[str, float]
    valid: bool


def measured(run: Run, verdict: Verdict, offered: float) -> Measured | None:
    """From a run and its verdict; None where nothing was judged. ``offered`` is in arrivals a second."""
    evidence = evidence_of(run, verdict.window.warmup_s if verdict.window else None)
    if evidence is None or evidence.judged.length_s <= 0:
        return None
    span = evidence.judged
    requests = run.requests.between(span.start_s, span.end_s)
    successes = requests.successes()
    each_ms = successes.mean_ms(Clock.SERVICE) or 0.0
    rate = successes.total / span.length_s
    used = {
        label: float(inside.value.mean())
        for label, series in run.samples.labelled("host", "process_cpu").items()
        if len(inside := series.between(span.start_s, span.end_s))
    }
    return Measured(
        offered=offered,
        succeeded=rate,
        errors=requests.failures().total / requests.total if requests.total else 0.0,
        p95_ms=successes.histogram().quantile_ms(0.95),
        concurrency=rate * each_ms / 1000,
        cores=used,
        valid=verdict.verdict is not Decision.INVALID,
    )


def binding(verdict: Verdict) -> str:
    """The required objective that failed, the gravest first; empty where none did."""
    failed = [one for one in verdict.objectives if one.required and one.outcome is Outcome.FAIL]
    return min(failed, key=lambda one: one.severity).name if failed else ""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where throughput bends, peaks and collapses, as offered rates (arrivals a second); None: not seen.

    ``peak`` is the highest throughput of successes in requests a second, reached at ``peak_at``.
    """

    knee: float | None
    peak: float | None
    peak_at: float | None
    collapse: float | None


def landmarks(steps: Sequence[Measured]) -> Landmarks:
    """From the valid steps; a knee in response times is descriptive, not a limit."""
    valid = sorted((one for one in steps if one.valid), key=lambda one: one.offered)
    if not valid:
        return Landmarks(None, None, None, None)
    best = max(valid, key=lambda one: one.succeeded)
    ground = valid[0].p95_ms
    bent = (one.offered for one in valid if ground and one.p95_ms and one.p95_ms > _BENT * ground)
    fallen = (
        one.offered
        for one in valid
        if one.offered > best.offered and one.succeeded < _COLLAPSED * best.succeeded
    )
    return Landmarks(next(bent, None), best.succeeded, best.offered, next(fallen, None))


def scalability(steps: Sequence[Measured], most_errors: float = 0.05) -> Scalability | None:
    """The law through the valid steps without many errors, which come fast and would look like speed."""
    usable = [one for one in steps if one.valid and one.errors <= most_errors and one.concurrency > 0]
    points = Points.of([one.concurrency for one in usable], [one.succeeded for one in usable])
    return assess(points) if len(points.levels) >= _FEWEST_LEVELS else None


def demands(steps: Sequence[Measured], limits: dict[str, float]) -> tuple[Demand, ...]:
    """The cores that a request costs each process, as far as ``limits`` (cores) are known; dearest first.

    Steps beyond the peak are left out: an overloaded process is busy with other things than answers.
    """
    peak = max((one.succeeded for one in steps if one.valid), default=0.0)
    usable = [one for one in steps if one.valid and one.succeeded <= peak]
    found = []
    for label, limit in limits.items():
        with_it = [one for one in usable if label in one.cores]
        if (
            one := demand(
                f"{label} CPU",
                [step.succeeded for step in with_it],
                [step.cores[label] for step in with_it],
                limit,
            )
        ) is not None:
            found.append(one)
    return tuple(sorted(found, key=lambda one: one.saturation_rate))
