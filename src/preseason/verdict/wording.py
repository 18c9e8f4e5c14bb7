"""Figures inside the sentences of a verdict: three significant digits and the unit that fits."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from preseason.slo.model import Unit

_HOPELESS = 1e4
_SECOND_MS = 1000
_KIB = 1024
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")
_TENTHS_BELOW_S = 10
_NEARLY_SURE = 1 - 1e-6
#: Why what fails alone is not claimed among others; it is told once of an objective.
CHANCE_MISS = "a chance miss is expected among"


def percent(ratio: float) -> str:
    """``97.3 %``; near 0 and 100 % with as many digits as tell the two apart."""
    rest = 100 * min(ratio, 1 - ratio)
    rest = float(f"{rest:.9g}")
    digits = 1 if rest >= 1 or rest <= 0 else min(6, 1 - math.floor(math.log10(rest)))
    return f"{100 * ratio:.{digits}f}".removesuffix(".0") + " %"


def whole_percent(ratio: float) -> str:
    """``20 %``: for what deserves no decimals."""
    return f"{100 * ratio:.0f} %"


def confidence(ratio: float) -> str:
    """``95 %``, ``99.98 %``; where it leaves less than anybody could read, ``more than 99.9999 %``."""
    return "more than 99.9999 %" if ratio > _NEARLY_SURE else percent(ratio)


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


def times(value: float) -> str:
    """``once``, ``12 times``."""
    return "once" if round(value) == 1 else f"{count(value)} times"


def counted(value: float, one: str, many: str) -> str:
    """``1 session``, ``31 sessions``."""
    return f"{count(value)} {one if round(value) == 1 else many}"


def moment(epoch_s: float) -> str:
    """``12:04:10``, the time of day in UTC."""
    return f"{datetime.fromtimestamp(round(epoch_s), UTC):%H:%M:%S}"


def span(seconds: float) -> str:
    """How long something lasted: ``400 ms``, ``4 s``, ``12 min``, ``3 h``."""
    for size_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size_s:
            return f"{round(seconds / size_s)} {unit}"
    if seconds < 1:
        return milliseconds(1000 * seconds)
    return f"{seconds:.{0 if seconds >= _TENTHS_BELOW_S else 1}f}".removesuffix(".0") + " s"


def size(value_bytes: float) -> str:
    """``512 MiB``, ``3.35 GiB``: in the largest unit of IEC 80000-13 that it reaches."""
    step = 0
    while abs(value_bytes) >= _KIB and step < len(_SIZES) - 1:
        value_bytes, step = value_bytes / _KIB, step + 1
    return f"{significant(value_bytes)} {_SIZES[step]}"


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
            return size(value)
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
