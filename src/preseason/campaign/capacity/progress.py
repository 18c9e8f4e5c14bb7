"""What a search says while it goes on: each step, and how its bracket closes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.planning.search.next_step import bracket
from preseason.report import units
from preseason.verdict import wording
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from preseason.campaign.capacity.record import CapacityRecord, StepRecord
    from preseason.planning.search.next_step import Bracket, Planned

_WIDTH = 48
_SIGNS = {Decision.PASS: "+", Decision.FAIL: "x", Decision.UNDECIDED: "?", Decision.INVALID: "!"}


def announced(record: CapacityRecord, planned: Planned) -> str:
    """The step that is made next, and what is known before it."""
    known = _between(bracket(record.search_steps()), record.settings.width)
    return f"step {len(record.steps) + 1}: {planned.rate:.4g}/s ({planned.purpose}); {known}"


def told(record: CapacityRecord, step: StepRecord) -> str:
    """What became of a step, and the bracket as it stands, drawn on one line."""
    seen = step.measured
    p95 = "" if seen is None else f", p95 {units.milliseconds(seen.p95_ms)}"
    binds = f", {step.binds}" if step.binds else ""
    return f"{step.rate:.4g}/s: {step.outcome}{binds}{p95}\n{picture(record)}"


def _between(known: Bracket, wanted: float) -> str:
    low = "nothing passed yet" if known.low is None else f"{known.low:.4g}/s passed"
    high = "nothing failed yet" if known.high is None else f"{known.high:.4g}/s failed"
    width, wish = (wording.whole_percent(one) for one in (known.width, wanted))
    wide = "" if math.isinf(known.width) else f", {width} wide ({wish} wanted)"
    return f"{low}, {high}{wide}"


def picture(record: CapacityRecord) -> str:
    """The rates that were tried on a logarithmic line, what is between the ends of the bracket thick.

    ``+`` passed, ``x`` failed, ``?`` could not be decided, ``!`` was invalid.
    """
    rates = [step.rate for step in record.steps]
    low, high = min(rates), max(rates)
    span = math.log(high / low) or 1.0

    def at(rate: float) -> int:
        return round((_WIDTH - 1) * math.log(rate / low) / span)

    known = bracket(record.search_steps())
    begin = at(known.low) if known.low is not None else 0
    end = at(known.high) if known.high is not None else _WIDTH - 1
    line = ["=" if begin <= place <= end else "-" for place in range(_WIDTH)]
    for step in record.steps:
        line[at(step.rate)] = _SIGNS[step.outcome]
    return f"  {units.per_second(low)} {''.join(line)} {units.per_second(high)}"
