"""The verdict in a sentence for whoever decides: no percentile, no interval, and no figure of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.severity import missed
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from preseason.verdict.model import ObjectiveResult, Verdict

#: So many misses are told; more are counted.
_MOST_TOLD = 2
_PERCENTILE = re.compile(r"p\d")
_LATE, _LATE_OR_FAILED = "took longer than", "failed or took longer than"
#: Of it there is no better figure than what drifts, how fast and whereto.
_DRIFT = "drift"
_FAILURES = {"errors", "availability"}
#: What a bad one did, by the beginning of the indicator.
_MISDEEDS = {
    "errors": "requests{where} failed",
    "availability": "requests{where} were not answered",
    "hit_rate": "look-ups{where} were not in the cache",
}


def headline(verdict: Verdict) -> str:
    """The answer, without a full stop."""
    match verdict.verdict:
        case Decision.PASS:
            return "Under this load, the platform keeps what was promised"
        case Decision.FAIL:
            return f"The platform does not keep what was promised: {_misses(verdict)}"
        case Decision.UNDECIDED if verdict.window is not None and verdict.objectives:
            return "Whether the platform keeps what was promised is not known yet"
        case _:
            return verdict.sentence.partition(": ")[0].rstrip(".")


def detail(verdict: Verdict) -> str:
    """What stands below it: the verdict's own sentence, or what of it was not said yet."""
    told = headline(verdict)
    rest = verdict.sentence.removeprefix(told).lstrip(":. ")
    return f"{rest[:1].upper()}{rest[1:]}"


def _misses(verdict: Verdict) -> str:
    objectives, late = missed(verdict), _LATE if _nothing_failed(verdict) else _LATE_OR_FAILED
    told = " and ".join(_miss(one, late) for one in objectives[:_MOST_TOLD])
    more = len(objectives) - _MOST_TOLD
    if more <= 0:
        return told
    return f"{told}, and {more} more {'objective is' if more == 1 else 'objectives are'} missed"


def _nothing_failed(verdict: Verdict) -> bool:
    """Whether an objective about all requests counted no failure; a failed request is late for any limit."""
    counted = (one for one in verdict.objectives if one.indicator in _FAILURES and _where(one) == "")
    return any(one.total and one.good == one.total for one in counted)


def _miss(objective: ObjectiveResult, late: str) -> str:
    """``17.4 % of requests took longer than 200 ms (5 % may)``."""
    if objective.indicator == _DRIFT:
        return objective.reason
    misdeed = _misdeed(objective, late)
    if not misdeed or objective.good is None or not objective.total or objective.target_ratio is None:
        if objective.point is None:
            return f"{objective.name} was asked for; {objective.reason}"
        measured = units.quantity(objective.point, objective.unit, apart_from=objective.limit)
        return f"{objective.name} ({measured} measured)"
    allowed = 1 - objective.target_ratio
    bad = units.quantity(1 - objective.good / objective.total, "ratio", apart_from=allowed)
    return f"{bad} of {misdeed} ({units.percent(allowed) if allowed else 'none'} may)"


def _misdeed(objective: ObjectiveResult, late: str) -> str:
    word, where = objective.indicator.rpartition(".")[2], _where(objective)
    if _PERCENTILE.match(word):
        return f"requests{where} {late} {units.exact(objective.limit, objective.unit)}"
    return _MISDEEDS.get(word, "").replace("{where}", where)


def _where(objective: ObjectiveResult) -> str:
    about = objective.endpoint or objective.scenario
    return f" to {about}" if about else ""
