"""Figures inside the sentences of a verdict: three significant digits and the unit that fits."""

from __future__ import annotations

import math

from preseason.slo.model import Unit

_HOPELESS = 1e4
_SECOND_MS = 1000
_MIB = 2**20


def percent(ratio: float) -> str:
    """``97.3 %``; near 0 and 100 % with as many digits as tell the two apart."""
    rest = 100 * min(ratio, 1 - ratio)
    digits = 1 if rest >= 1 or rest <= 0 else min(6, 1 - math.floor(math.log10(rest)))
    return f"{100 * ratio:.{digits}f}".removesuffix(".0") + " %"


def milliseconds(value_ms: float) -> str:
    """``340 ms``, ``1.2 s``."""
    in_seconds = value_ms >= _SECOND_MS
    return f"{significant(value_ms / _SECOND_MS)} s" if in_seconds else f"{significant(value_ms)} ms"


def significant(value: float) -> str:
    """Three significant digits, without an exponent and without trailing zeros."""
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(value: float) -> str:
    """``12 034``."""
    return f"{round(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def in_unit(value: float, unit: Unit) -> str:
    """A value with its unit, as the objective's limit is written."""
    match unit:
        case Unit.MS:
            return milliseconds(value)
        case Unit.RATIO:
            return percent(value)
        case Unit.PER_SECOND:
            return f"{significant(value)}/s"
        case Unit.BYTES:
            return f"{significant(value / _MIB)} MiB"
        case Unit.COUNT:
            return significant(value)


def more_needed(factor: float, seconds: float, events: float, what: str) -> str:
    """What a run ``factor`` times as long would add; ``what`` names the events."""
    if factor > _HOPELESS:
        return "no longer run would decide it: what was measured lies on the limit"
    more = count(_rounded_up((factor - 1) * events))
    return f"about {duration((factor - 1) * seconds)} more of this load, or {more} more {what}"


def duration(seconds: float) -> str:
    """``40 seconds``, ``4 minutes``, ``3 hours``: rounded up, so that it is enough."""
    for size, word in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{math.ceil(seconds / size)} {word}"
    return f"{max(2, math.ceil(seconds))} seconds"


def _rounded_up(value: float) -> int:
    magnitude: int = 10 ** max(0, math.floor(math.log10(max(value, 1))) - 1)
    return math.ceil(value / magnitude) * magnitude
