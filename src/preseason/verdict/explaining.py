"""What an objective means, in sentences that need no knowledge of statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.model import Comparison, Kind, Unit
from preseason.slo.quantities import duration_text, quantity_text
from preseason.verdict import wording
from preseason.verdict.foresight import REQUESTS_A_JOURNEY, need_of, requests_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.slo.model import Load, Objective

_RESPONSE_S = {"P0": "15 minutes", "P1": "an hour", "P2": "4 hours", "P3": "a day"}
_ORDER = {
    Comparison.LESS: "below",
    Comparison.AT_MOST: "at most",
    Comparison.GREATER: "above",
    Comparison.AT_LEAST: "at least",
    Comparison.EQUAL: "exactly",
}


def explain(objective: Objective, load: Load) -> tuple[str, ...]:
    """What is counted, over what, how sure, how much it takes, and what each outcome would mean."""
    return tuple(_sentences(objective, load))


def _sentences(objective: Objective, load: Load) -> Iterator[str]:
    yield f"{_counted(objective)}, {_over(objective)}."
    if objective.of_baseline:
        yield "Without a baseline to compare with, it ends as NO_DATA."
    yield _error_rate(objective)
    yield from _size(objective, load)
    yield _outcomes(objective)
    yield _weight(objective)
    if objective.guardrail:
        yield (
            "It is a guardrail: looked at while the load lasts, and the run ends as soon as it fails. A "
            "tenth of its error is spent on that."
        )
    if objective.waiver is not None:
        waiver = objective.waiver
        yield (
            f"It is waived by {waiver.owner} until {waiver.until} ({waiver.reason}): measured and reported "
            "as WAIVED, never as PASS, and it decides nothing."
        )


_TEMPLATES = {
    Kind.LATENCY_MEAN: "The mean response time of {about} that were answered well is {limit}",
    Kind.ERRORS: "The share of {about} that fail or are never answered is {limit}",
    Kind.AVAILABILITY: "The share of {about} that are answered well is {limit}",
    Kind.RATE: "The number of {about} a second is {limit}",
    Kind.HIT_RATE: "The share of look-ups in {source} that are hits is {limit}, by its own counters",
    Kind.SLOW_QUERIES: "The number of database statements that take {threshold} or more is {limit}",
    Kind.GAUGE: "{text} is {limit}: a gauge in every sample, a counter by its growth",
}


def _counted(objective: Objective) -> str:
    indicator = objective.indicator
    if indicator.kind is Kind.LATENCY_QUANTILE:
        return _quantile(objective)
    return _TEMPLATES[indicator.kind].format(
        about=_about(objective),
        limit=_limit(objective),
        source=indicator.source,
        threshold=quantity_text(indicator.threshold_ms or 0.0, Unit.MS),
        text=indicator.text,
    )


def _quantile(objective: Objective) -> str:
    about, limit, indicator = _about(objective), _limit(objective), objective.indicator
    if objective.of_baseline:
        return f"The {indicator.text} of {about} is at most {limit} of that of the baseline"
    if indicator.quantile == 1:
        return f"Every one of {about} is answered well within {limit}, counted exactly"
    share = quantity_text(indicator.quantile or 0.0, Unit.RATIO)
    return f"At least {share} of {about} are answered well within {limit}, counted exactly"


def _about(objective: Objective) -> str:
    if objective.endpoint is not None:
        return f"the requests of {objective.endpoint}"
    if objective.scenario is not None:
        return f"the requests of the scenario {objective.scenario}"
    return "all requests"


def _limit(objective: Objective) -> str:
    unit = Unit.RATIO if objective.of_baseline else objective.indicator.unit
    limit = quantity_text(objective.limit, unit)
    if objective.indicator.kind is Kind.LATENCY_QUANTILE:
        return limit  # a response is within it; below and at most are one, to the microsecond
    whose = " of the baseline's" if objective.of_baseline else ""
    return f"{_ORDER[objective.comparison]} {limit}{whose}"


def _over(objective: Objective) -> str:
    if objective.over_s is None:
        return "over all of the load that follows its warm-up"
    return f"in every whole window of {duration_text(objective.over_s)} that follows the warm-up"


def _error_rate(objective: Objective) -> str:
    if objective.indicator.kind in {Kind.GAUGE, Kind.SLOW_QUERIES}:
        return "It is looked at sample by sample, and no error rate is claimed for what happens between them."
    wrong = wording.percent(1 - objective.confidence)
    return (
        f"A platform that lies exactly on the limit is wrongly passed in at most {wrong} of all runs, and "
        f"wrongly failed in at most {wrong}; the further away it lies, the rarer either is."
    )


def _size(objective: Objective, load: Load) -> Iterator[str]:
    need = need_of(objective)
    if need is None:
        return
    what = "look-ups" if objective.indicator.kind is Kind.HIT_RATE else "requests"
    each = "Each window takes" if objective.over_s else "It takes"
    yield (
        f"{each} at least {wording.count(need.fewest)} independent {what} to pass if all are good, about "
        f"{wording.count(need.usual)} if half of what is allowed is bad, and more the nearer the truth is to "
        "the limit; what slows down together counts for less."
    )
    come = None if what == "look-ups" else requests_in(load, objective)
    if come is not None:
        most = "at most " if objective.endpoint is not None else ""
        window = " to a window" if objective.over_s else ""
        brings = f"{most}about {wording.count(come)}{window}"
        yield f"This load brings {brings}, at {REQUESTS_A_JOURNEY:g} a journey."


def _outcomes(objective: Objective) -> str:
    if objective.indicator.kind in {Kind.GAUGE, Kind.SLOW_QUERIES}:
        return (
            "PASS: it held in everything that was seen, and at least 90 % of the time was. FAIL: it did not. "
            "UNDECIDED: too much was not seen. NO_DATA: nothing was sampled, which is not a pass."
        )
    return (
        "PASS: the whole interval lies on the good side of the limit. FAIL: all of it lies on the bad side. "
        "UNDECIDED: the limit lies within it, and the report says how much more load would decide. "
        "NO_DATA: nothing was measured, which is not a pass."
    )


def _weight(objective: Objective) -> str:
    if not objective.required:
        return "It is advisory: reported, and decides nothing."
    severity = objective.severity.value
    within = _RESPONSE_S[severity]
    return (
        f"It must hold. Missed, it is a {severity} incident, which the manual wants answered within {within}."
    )
