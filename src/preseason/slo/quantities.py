"""Quantities as people write them: ``200 ms``, ``1m30s``, ``40/s``, ``0.1 %``, ``512 MiB``.

Numbers pass through ``Decimal``, so that ``99.9 %`` becomes 0.999 and not 0.9990000000000001, and a quantity
that is written out again reads back as the very same float.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING

from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class MistakeError(ValueError):
    """Something a user wrote that cannot be meant: what, the way out, and where it stands.

    ``offset`` counts characters into the text that was parsed, ``path`` keys and indices below it. ``more``
    are others that were found with it.
    """

    more: tuple[MistakeError, ...] = ()

    def __init__(
        self, cause: str, remedy: str = "", offset: int = 0, path: tuple[str | int, ...] = ()
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.offset = offset
        self.path = path

    @classmethod
    def of_all(cls, mistakes: Sequence[MistakeError]) -> MistakeError:
        """The first of some, with the others."""
        first, *others = mistakes
        first.more = tuple(others)
        return first


NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "min": Decimal(60),
    "h": Decimal(3600),
}

#: How many of an objective's own unit one of the written unit is.
SCALES: dict[Unit, dict[str, Decimal]] = {
    Unit.MS: {
        **dict.fromkeys(("us", "µs", "\N{GREEK SMALL LETTER MU}s"), Decimal("0.001")),
        **{name: seconds * 1000 for name, seconds in _SECONDS.items()},
    },
    Unit.RATIO: {"%": Decimal("0.01")},
    Unit.PER_SECOND: {
        "/s": Decimal(1),
        "/m": Decimal(1) / 60,
        "/min": Decimal(1) / 60,
        "/h": Decimal(1) / 3600,
    },
    Unit.BYTES: {
        "B": Decimal(1),
        **{f"{letter}B": Decimal(1000) ** power for power, letter in enumerate("KMGT", start=1)},
        **{f"{letter}iB": Decimal(1024) ** power for power, letter in enumerate("KMGT", start=1)},
    },
    Unit.COUNT: {"": Decimal(1)},
}
_EXAMPLES = {
    Unit.MS: "200 ms",
    Unit.RATIO: "1 %",
    Unit.PER_SECOND: "40/s",
    Unit.BYTES: "512 MiB",
    Unit.COUNT: "20",
}
_DURATION = re.compile(rf"(?:{NUMBER}\s*(?:ms|s|min|m|h)\s*)+")
_DURATION_PART = re.compile(rf"({NUMBER})\s*(ms|s|min|m|h)")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean 'rate'?`` where a known word is close, else the list of all."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1, cutoff=0.7)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(words)}"


def scaled(number: str, written_unit: str, units: Sequence[Unit]) -> tuple[float, Unit]:
    """``number`` in the first of ``units`` that knows ``written_unit``; a mistake where none does."""
    for unit in units:
        if (factor := _scale(unit, written_unit)) is not None:
            return finite(Decimal(number) * factor), unit
    if not written_unit and tuple(units) == (Unit.RATIO,):
        raise MistakeError(f"{number} has no unit", f"write it like {_in_percent(Decimal(number))}")
    examples = " or ".join(_EXAMPLES[unit] for unit in units)
    wrong = f"'{written_unit}' is the wrong unit here" if written_unit else f"{number} has no unit"
    raise MistakeError(wrong, f"write it like {examples}")


def _scale(unit: Unit, written: str) -> Decimal | None:
    """As it is written, or in other letters: ``MS`` can only be ``ms``."""
    scales = SCALES[unit]
    return scales.get(written, {name.lower(): scale for name, scale in scales.items()}.get(written.lower()))


def _in_percent(number: Decimal) -> str:
    """What a share without a unit was probably meant to be: ``0.01`` is 1 %, ``99.9`` is 99.9 %."""
    return f"{number_text(number * 100 if 0 < number < 1 else number)} %"


def finite(number: Decimal) -> float:
    """The nearest float; a mistake where none is near."""
    value = float(number)
    if not math.isfinite(value):
        raise MistakeError("the number is too large", "write a smaller one")
    return value


def duration_s(text: str) -> float:
    """``90s``, ``1m30s``, ``1.5 h`` in seconds, never negative."""
    if not _DURATION.fullmatch(text.strip()):
        raise MistakeError(f"'{text}' is not a duration", "write it like 90s, 1m30s or 1.5h")
    parts = _DURATION_PART.findall(text)
    seconds = finite(sum((Decimal(number) * _SECONDS[unit] for number, unit in parts), Decimal(0)))
    if seconds < 0:
        raise MistakeError(f"'{text}' is negative", "write it like 90s, 1m30s or 1.5h")
    return seconds


def quantity(text: str, unit: Unit) -> float:
    """A number with a unit, in ``unit``."""
    found = re.fullmatch(rf"({NUMBER})\s*(\D*)", text.strip())
    if not found:
        raise MistakeError(f"'{text}' is not a quantity", f"write it like {_EXAMPLES[unit]}")
    return scaled(found[1], found[2].strip(), (unit,))[0]


def share(text: str) -> float:
    """``99 %`` or ``0.99`` as a ratio."""
    if re.fullmatch(NUMBER, text.strip()):
        return finite(Decimal(text.strip()))
    return quantity(text, Unit.RATIO)


def number_text(number: Decimal | float) -> str:
    """The shortest decimal that reads back as the same float."""
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    if not exact:
        return "0"
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity_text(value: float, unit: Unit) -> str:
    """The inverse of ``quantity``."""
    exact = Decimal(repr(value))
    match unit:
        case Unit.MS if value >= 1000:  # noqa: PLR2004 - milliseconds in a second
            return f"{number_text(exact / 1000)} s"
        case Unit.MS:
            return f"{number_text(exact)} ms"
        case Unit.RATIO:
            return f"{number_text(exact * 100)} %"
        case Unit.PER_SECOND:
            return f"{number_text(exact)}/s"
        case Unit.BYTES:
            return _bytes_text(exact)
        case Unit.COUNT:
            return number_text(exact)


def _bytes_text(value: Decimal) -> str:
    for name in ("TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "KB"):
        count = value / SCALES[Unit.BYTES][name]
        if count >= 1 and count == count.to_integral_value():
            return f"{number_text(count)} {name}"
    return f"{number_text(value)} B"


def duration_text(seconds: float) -> str:
    """The inverse of ``duration_s``, in the largest unit that divides it."""
    exact = Decimal(repr(seconds))
    for unit in ("h", "m"):
        count = exact / _SECONDS[unit]
        if count >= 1 and count == count.to_integral_value():
            return f"{number_text(count)}{unit}"
    return f"{number_text(exact)}s"
