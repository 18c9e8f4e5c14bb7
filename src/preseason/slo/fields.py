"""What a single value in an SLO file may be, as types that read it from its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, PlainValidator

from preseason.slo.grammar import parse_objective, parse_scope, parse_stretch
from preseason.slo.model import Unit
from preseason.slo.quantities import MistakeError, did_you_mean, duration_s, quantity, share

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

SizedT = TypeVar("SizedT", bound="Sized")
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Level:
    """How much load: so many arrivals a second, or so many users at work."""

    value: float
    unit: Literal["arrivals/s", "users"]


def read_as(parse: Callable[[str], object]) -> PlainValidator:
    """A validator that hands the text of a scalar to ``parse`` and refuses everything else."""

    def validate(value: object) -> object:
        if isinstance(value, str) and value.strip():
            return parse(value)
        found = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "nothing"
        raise MistakeError(f"expected a value, found {found}", "write one value here")

    return PlainValidator(validate)


def one_of(*words: str) -> PlainValidator:
    """A validator for one of a few words."""

    def chosen(text: str) -> str:
        if text in words:
            return text
        raise MistakeError(f"'{text}' is not allowed here", did_you_mean(text, words))

    return read_as(chosen)


def _not_empty(values: SizedT) -> SizedT:
    if len(values) > 0:
        return values
    raise MistakeError("this is empty", "write at least one")


def _at_least(least: int, what: str) -> Callable[[str], int]:
    def parsed(text: str) -> int:
        if (value := _whole(text)) >= least:
            return value
        raise MistakeError(f"{what} must be at least {least}", "write it like 20")

    return parsed


def _whole(text: str) -> int:
    digits = text.strip().removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
        return int(text)
    raise MistakeError(f"'{text}' is not a whole number", "write it like 20")


def _length_s(text: str) -> float:
    if (seconds := duration_s(text)) > 0:
        return seconds
    raise MistakeError("a stage of no length", "write it like 60s, 1m30s or 1.5h")


def _warmup_s(text: str) -> float | None:
    return None if text.strip() == "auto" else duration_s(text)


def _signed_level(text: str) -> Level:
    if "/" in text:
        return Level(quantity(text, Unit.PER_SECOND), "arrivals/s")
    return Level(_whole(text), "users")


def _level(text: str) -> Level:
    if (level := _signed_level(text)).value >= 0:
        return level
    raise MistakeError("a load cannot be negative", "write it like 200/s (open) or 20 (closed)")


def _busy_level(text: str) -> Level:
    if (level := _signed_level(text)).value > 0:
        return level
    raise MistakeError("a load must be above 0", "write it like 200/s (open) or 20 (closed)")


def _weight(text: str) -> float:
    if (weight := quantity(text, Unit.COUNT)) > 0:
        return weight
    raise MistakeError("a weight must be above 0", "leave out what should not run")


def _confidence(text: str) -> float:
    if 0.5 < (value := share(text)) < 1:  # noqa: PLR2004 - a coin gives as much
        return value
    raise MistakeError("a confidence lies above 50 % and below 100 %", "write it like 95 %")


def _flag(text: str) -> bool:
    if text.strip().lower() in {"true", "false"}:
        return text.strip().lower() == "true"
    raise MistakeError(f"'{text}' is neither true nor false", "write true or false")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise MistakeError(f"'{text}' is not a day", "write it like 2027-01-01") from None


NOT_EMPTY = AfterValidator(_not_empty)
Length = Annotated[float, read_as(_length_s)]
Window = Annotated[float | None, read_as(parse_stretch)]
Warmup = Annotated[float | None, read_as(_warmup_s)]
AnyLevel = Annotated[Level, read_as(_level)]
BusyLevel = Annotated[Level, read_as(_busy_level)]
LevelChange = Annotated[Level, read_as(_signed_level)]
Count = Annotated[int, read_as(_at_least(1, "a count"))]
Seed = Annotated[int, read_as(_at_least(0, "a seed"))]
Weight = Annotated[float, read_as(_weight)]
Confidence = Annotated[float, read_as(_confidence)]
Flag = Annotated[bool, read_as(_flag)]
Words = Annotated[str, read_as(str.strip)]
Day = Annotated[date, read_as(_day)]
# An Objective and a Scope; pydantic is not asked to look into them.
Sentence = Annotated[Any, read_as(parse_objective)]
Narrowing = Annotated[Any, read_as(parse_scope)]
