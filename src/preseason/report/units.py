"""Numbers as people read them: with a unit, thin spaces, and no more digits than they deserve.

Rounding never tells a lie: 99.96 % does not become 100 %, and a value that missed its limit by a hair is not
printed as the limit (``apart_from``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from preseason.report.plain import THIN_SPACE
from preseason.slo.model import Unit

MINUS = "\N{MINUS SIGN}"
#: Stands where there is no number.
UNKNOWN = "\N{EN DASH}"

_MAX_EXTRA_DIGITS = 6

#: Writes a number with so many extra digits.
_Form = Callable[[float, int], str]


def quantity(value: float | None, unit: str, *, apart_from: float | None = None) -> str:
    """``value`` in ``unit`` (one of ``slo.model.Unit``; any other is written as it stands).

    Digits are added until the text differs from that of the limit ``apart_from``, if the two numbers differ.
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    form = _FORMS.get(unit) or _of_unit(unit)
    if apart_from is None or value == apart_from:
        return form(value, 0)
    texts = (form(value, extra) for extra in range(_MAX_EXTRA_DIGITS))
    return next((text for text in texts if text != exact(apart_from, unit)), form(value, _MAX_EXTRA_DIGITS))


def exact(value: float | None, unit: str) -> str:
    """A limit as it was promised, with every digit that it has."""
    return UNKNOWN if value is None else (_FORMS.get(unit) or _of_unit(unit))(value, _MAX_EXTRA_DIGITS)


def milliseconds(value: float | None) -> str:
    """``183 ms``, ``1.24 s``."""
    return quantity(value, Unit.MS)


def percent(ratio: float | None) -> str:
    """A ratio 0-1 in per cent."""
    return quantity(ratio, Unit.RATIO)


def count(value: float | None) -> str:
    """``24 312``."""
    return quantity(value, Unit.COUNT)


def per_second(value: float | None) -> str:
    """``73.4/s``."""
    return quantity(value, Unit.PER_SECOND)


def size(value_bytes: float | None) -> str:
    """``15.6 GiB``."""
    return quantity(value_bytes, Unit.BYTES)


def duration(seconds: float) -> str:
    """``47 s``, ``3 min 05 s``, ``2 h 10 min``."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return _spaced(f"{hours} h {minutes:02d} min" if minutes else f"{hours} h")
    if minutes:
        return _spaced(f"{minutes} min {rest:02d} s" if rest else f"{minutes} min")
    return _spaced(f"{whole} s" if whole == seconds or seconds >= 10 else f"{seconds:.1f} s")  # noqa: PLR2004 - below ten seconds a tenth matters


def clock(seconds: float) -> str:
    """A place on a time axis that starts at zero: ``0:47``, ``12:05``, ``2:10:00``."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def utc(epoch_s: float | None) -> str:
    """``2026-11-23 18:05:09 UTC``."""
    if epoch_s is None:
        return UNKNOWN
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def iso(epoch_s: float) -> str:
    """``2026-11-23T18:05:09+00:00``, for programs."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat()


def utc_time(epoch_s: float) -> str:
    """``18:05:09``, the time of day in UTC."""
    return f"{datetime.fromtimestamp(epoch_s, UTC):%H:%M:%S}"


def _milliseconds(value: float, extra: int) -> str:
    if abs(value) >= 1000:  # noqa: PLR2004 - a second
        return _spaced(f"{_significant(value / 1000, 3 + extra)} s")
    return _spaced(f"{_significant(value, (3 if abs(value) >= 1 else 2) + extra)} ms")


def _percent(ratio: float, extra: int) -> str:
    digits = extra
    if 0 < ratio < 1:
        distance = min(ratio, 1 - ratio) * 100
        digits += max(1, 1 + math.ceil(-math.log10(distance)))
    return _spaced(f"{_trimmed(f'{ratio * 100:.{digits}f}')} %")


def _count(value: float, extra: int) -> str:
    return _significant(value, 3 + extra)


def _rate(value: float, extra: int) -> str:
    return f"{_significant(value, 3 + extra)}/s"


_STEPS = ("B", "KiB", "MiB", "GiB", "TiB")


def _size(value: float, extra: int) -> str:
    step = 0
    while abs(value) >= 1024 and step < len(_STEPS) - 1:  # noqa: PLR2004 - IEC 80000-13
        value, step = value / 1024, step + 1
    return _spaced(f"{_significant(value, 3 + extra)} {_STEPS[step]}")


def _of_unit(unit: str) -> _Form:
    return lambda value, extra: _spaced(f"{_significant(value, 3 + extra)} {unit}").strip()


_FORMS: dict[str, _Form] = {
    Unit.MS: _milliseconds,
    Unit.RATIO: _percent,
    Unit.COUNT: _count,
    Unit.PER_SECOND: _rate,
    Unit.BYTES: _size,
}


def _significant(value: float, digits: int) -> str:
    """With at least so many significant digits, whole numbers in full, no trailing zeros."""
    if value == 0 or not math.isfinite(value):
        return _signed(f"{value:g}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _signed(_trimmed(f"{value:,.{decimals}f}").replace(",", THIN_SPACE))


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _signed(number: str) -> str:
    return number.replace("-", MINUS)


def _spaced(text: str) -> str:
    return text.replace(" ", THIN_SPACE)
