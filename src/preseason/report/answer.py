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
            return f"The platform does not keep what was promised: {_misses(missed(verdict))}"
        case Decision.UNDECIDED if verdict.window is not None and verdict.objectives:
            return "Whether the platform keeps what was promised is not known yet"
        case _:
            return verdict.sentence.partition(": ")[0].rstrip(".")


def detail(verdict: Verdict) -> str:
    """What stands below it: the verdict's own sentence, or what of it was not said yet."""
    told = headline(verdict)
    rest = verdict.sentence.removeprefix(told).lstrip(":. ")
    return f"{rest[:1].upper()}{rest[1:]}"


def _misses(objectives: tuple[ObjectiveResult, ...]) -> str:
    told = " and ".join(_miss(one) for one in objectives[:_MOST_TOLD])
    more = len(objectives) - _MOST_TOLD
    if more <= 0:
        return told
    return f"{told}, and {more} more {'objective is' if more == 1 else 'objectives are'} missed"


def _miss(objective: ObjectiveResult) -> str:
    """``17.4 % of requests took longer than 200 ms (5 % may)``."""
    misdeed = _misdeed(objective)
    if not misdeed or objective.good is None or not objective.total or objective.target_ratio is None:
        measured = units.quantity(objective.point, objective.unit, apart_from=objective.limit)
        return f"{objective.name} was asked for, and {measured} measured"
    allowed = 1 - objective.target_ratio
    bad = units.quantity(1 - objective.good / objective.total, "ratio", apart_from=allowed)
    return f"{bad} of {misdeed} ({units.percent(allowed) if allowed else 'none'} may)"


def _misdeed(objective: ObjectiveResult) -> str:
    where = (
        f" to {objective.endpoint or objective.scenario}" if objective.endpoint or objective.scenario else ""
    )
    word = objective.indicator.rpartition(".")[2]
    if _PERCENTILE.match(word):
        return f"requests{where} took longer than {units.exact(objective.limit, objective.unit)}"
    return _MISDEEDS.get(word, "").format(where=where)
