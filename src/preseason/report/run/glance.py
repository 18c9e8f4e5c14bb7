"""The size of the evidence at a glance; no figure here competes with an objective's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.parts import Fact
from preseason.run.columns import array_of
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.report.run.judged import Judged
    from preseason.run.reading import Run
    from preseason.verdict.model import ObjectiveResult, Verdict


def tiles(run: Run, verdict: Verdict, judged: Judged) -> Iterator[Fact]:
    """Four or five figures with their names."""
    yield _held(verdict)
    yield Fact("Requests judged", units.count(judged.requests.total), units.per_second(judged.per_second))
    yield _failed(judged)
    yield from _begun(run)
    if verdict.window:
        length = units.duration(verdict.window.end_s - verdict.window.start_s)
        yield Fact("Judged for", length, f"after {units.duration(verdict.window.warmup_s)} warm-up")


def _failed(judged: Judged) -> Fact:
    failed, asked = judged.requests.failures().total, judged.requests.total
    return Fact("Of them failed", units.count(failed), units.percent(failed / asked) if failed else "")


def _held(verdict: Verdict) -> Fact:
    """How many of the objectives that count hold; the others are a remark."""
    counting = [o for o in verdict.objectives if o.required and o.outcome is not Outcome.WAIVED]
    if not verdict.validity.valid:
        return Fact("Objectives that hold", units.UNKNOWN, "an invalid run cannot tell")
    others = [o for o in verdict.objectives if o not in counting]
    remark = f"and {_passed(others)} advisory" if others else ""
    return Fact("Objectives that hold", _passed(counting), remark)


def _passed(objectives: Sequence[ObjectiveResult]) -> str:
    return f"{sum(o.outcome is Outcome.PASS for o in objectives)} of {len(objectives)}"


def _begun(run: Run) -> Iterator[Fact]:
    planned, started = (int(array_of(run.arrivals[column]).sum()) for column in ("planned", "started"))
    if planned:
        yield Fact(
            "Planned journeys begun", units.percent(started / planned), f"{units.count(planned)} were due"
        )
