"""What is doubtful about an SLO file before any load is made with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.errors import Problem
from preseason.slo.contradictions import among_objectives, of_alerts_with_objectives
from preseason.slo.model import Kind, LoadModel
from preseason.slo.remarks import Remark, Weight
from preseason.verdict import wording
from preseason.verdict.foresight import REQUESTS_A_JOURNEY, judged_s, need_of, requests_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from preseason.slo.alerts.model import AlertPolicy
    from preseason.slo.model import Objective, Slo

#: A waiver that ends within so many days is worth a word.
_SOON_DAYS = 14
#: What a process of the load generator sent while it had a core to itself: docs/benchmarks.md, ``processes``.
_A_PROCESS_PER_S = 11_000.0


def remarks_on(slo: Slo, policy: AlertPolicy | None, today: date | None = None) -> tuple[Remark, ...]:
    """Everything doubtful, by the lines it stands in."""
    found = [
        *among_objectives(slo.objectives, slo.objective_places),
        *(remark for objective in slo.objectives for remark in _on(objective, slo, today)),
        *_nothing_decides(slo),
        *_more_than_a_process_sends(slo),
    ]
    if policy is not None:
        found += of_alerts_with_objectives(policy, slo.objectives, slo.objective_places)
        found += _alerts_too_long(policy, slo)
    return tuple(sorted(found, key=lambda remark: _line(remark.problem.place)))


def _line(place: str) -> tuple[int, int]:
    parts = place.rsplit(":", 2)
    line, column = parts[1:] if len(parts) == 3 else ("0", "0")  # noqa: PLR2004 - file, line, column
    return int(line), int(column)


def _on(objective: Objective, slo: Slo, today: date | None) -> Iterator[Remark]:
    place = slo.objective_places.get(objective.name, "")
    yield from _unknown_scenario(objective, slo, place)
    if objective.over_s is not None and objective.over_s > judged_s(slo.load):
        judged = wording.duration(judged_s(slo.load))
        cause = f"'{objective.name}': no such window fits into the {judged} that are judged at most"
        yield _warning(cause, place, "shorten the window, or lengthen the load")
    else:
        yield from _too_few_requests(objective, slo, place)
    yield from _rate_out_of_reach(objective, slo, place)
    if objective.waiver is not None and today is not None:
        left = (objective.waiver.until - today).days
        if left <= _SOON_DAYS:
            cause = f"'{objective.name}': its waiver ends in {left} days; then this file is refused"
            yield Remark(Weight.NOTE, Problem(cause, place, "meet it, or decide on it anew"))


def _warning(cause: str, place: str, remedy: str) -> Remark:
    return Remark(Weight.WARNING, Problem(cause, place, remedy))


def _unknown_scenario(objective: Objective, slo: Slo, place: str) -> Iterator[Remark]:
    mix = slo.load.mix
    if objective.scenario is not None and mix and objective.scenario not in mix:
        remedy = f"it runs {', '.join(sorted(mix))}"
        yield _warning(f"'{objective.name}': this load runs no scenario {objective.scenario}", place, remedy)


def _too_few_requests(objective: Objective, slo: Slo, place: str) -> Iterator[Remark]:
    """What the load can never decide; of an advisory objective, only a note."""
    need, come = need_of(objective), requests_in(slo.load, objective)
    if need is None or come is None or objective.indicator.kind is Kind.HIT_RATE or come >= need.fewest:
        return
    what = "independent requests, all of them good"
    cause = (
        f"'{objective.name}' takes at least {wording.count(need.fewest)} {what}; "
        f"{'each window' if objective.over_s else 'this load'} brings about {wording.count(come)}"
    )
    longer = "" if not come else f"a load {math.ceil(need.fewest / come)} times as long, or "
    if objective.over_s:
        longer = "longer windows, a higher rate, or "
    if objective.required:
        yield _warning(
            cause, place, f"{longer}required: false ({REQUESTS_A_JOURNEY:g} requests a journey are assumed)"
        )
    else:
        remedy = "it is advisory: reported, and decides nothing"
        yield Remark(Weight.NOTE, Problem(f"{cause}: it will stay UNDECIDED", place, remedy))


def _rate_out_of_reach(objective: Objective, slo: Slo, place: str) -> Iterator[Remark]:
    if (
        objective.indicator.kind is not Kind.RATE
        or objective.comparison.bounds_above
        or objective.of_baseline
    ):
        return
    come = requests_in(slo.load, objective)
    length_s = objective.over_s or judged_s(slo.load)
    if come is not None and length_s > 0 and come / length_s < objective.limit:
        rate = wording.significant(come / length_s)
        cause = f"'{objective.name}': this load makes about {rate} requests a second"
        yield _warning(
            cause, place, f"raise its rate ({REQUESTS_A_JOURNEY:g} requests a journey are assumed)"
        )


def _nothing_decides(slo: Slo) -> Iterator[Remark]:
    if not any(objective.required and objective.waiver is None for objective in slo.objectives):
        place = next(iter(slo.objective_places.values()), "")
        cause = "every objective is advisory or waived: no run can pass"
        yield _warning(cause, place, "let at least one decide")


def _more_than_a_process_sends(slo: Slo) -> Iterator[Remark]:
    if slo.load.model is not LoadModel.OPEN:
        return
    peak = REQUESTS_A_JOURNEY * max(max(stage.begin, stage.end) for stage in slo.load.stages)
    if peak > _A_PROCESS_PER_S:
        cause = (
            f"this load reaches about {wording.count(peak)} requests a second; "
            f"one process with a core of its own sent {wording.count(_A_PROCESS_PER_S)} at most"
        )
        processes = wording.count(math.ceil(peak / _A_PROCESS_PER_S))
        remedy = (
            f"lower the rate, or run it with {processes} processes (--processes, --workers) on as many cores"
        )
        yield _warning(cause, _file_of(slo), remedy)


def _file_of(slo: Slo) -> str:
    return next(iter(slo.objective_places.values()), "").rsplit(":", 2)[0]


def _alerts_too_long(policy: AlertPolicy, slo: Slo) -> Iterator[Remark]:
    length_s = slo.load.duration_s
    late = [rule for rule in policy.rules if rule.needs_s > length_s]
    if late:
        takes = wording.duration(max(rule.needs_s for rule in late))
        cause = f"{len(late)} of {len(policy.rules)} alerts of the policy {policy.name} cannot be evaluated"
        remedy = f"this load lasts {wording.duration(length_s)}; they take up to {takes}"
        yield Remark(Weight.NOTE, Problem(cause, _file_of(slo), remedy))
