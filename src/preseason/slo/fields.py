"""What a single value in an SLO file may be, as types that read it from its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from preseason.slo.grammar import parse_objective, parse_scope, parse_stretch
from preseason.slo.model import Unit
from preseason.slo.quantities import MistakeError, did_you_mean, duration_s, quantity, share

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

SizedT = TypeVar("SizedT", bound="Sized")
_MOST_DIGITS = 9
_DIGITS = re.compile(r"\s*-?[0-9]+\s*")
_LEVELS = "write it like 200/s (open) or 20 (closed)"
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
#: Sentences that an editor offers: one of each kind.
EXAMPLES = (
    "p95 < 200 ms",
    "errors < 1 %",
    "p99.9 < 1 s for POST /api/trades",
    "availability >= 99.9 %",
    "mean < 100 ms",
    "rate > 40/s",
    "p95 < 300 ms over 1m",
    "p95 < 200 ms for scenario lineup",
    "redis.hit_rate > 90 %",
    "redis.evicted_keys == 0",
    "postgres.connections < 80 %",
    "postgres.deadlocks == 0",
    "slow_queries(1 s) == 0",
    "cpu < 80 %",
    "memory < 85 %",
    "p95 < 110 % of baseline",
)


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
    """A validator for one of a few words; give it ``WithJsonSchema({"enum": …})`` as company."""

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
    if digits != "0" and digits.startswith("0"):
        raise MistakeError(f"'{text}' could be octal", "write it without the leading zero")
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
    if not _DIGITS.fullmatch(text):
        raise MistakeError(f"'{text}' is no load", _LEVELS)
    return Level(_whole(text), "users")


def _level(text: str) -> Level:
    if (level := _signed_level(text)).value >= 0:
        return level
    raise MistakeError("a load cannot be negative", _LEVELS)


def _busy_level(text: str) -> Level:
    if (level := _signed_level(text)).value > 0:
        return level
    raise MistakeError("a load must be above 0", _LEVELS)


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


def _query_name(text: str) -> str:
    if _NAME.fullmatch(text):
        return text
    raise MistakeError(f"'{text}' cannot name a query", "small letters, digits and _, as in db_cpu")


def _plain_address(text: str) -> str:
    address = text.strip().rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise MistakeError("this is no http or https address", "write it like http://127.0.0.1:9090")
    if "@" in address or "?" in address:
        remedy = "this file is copied into every run: give such an address as PRESEASON_PROMETHEUS"
        raise MistakeError("credentials do not belong here", remedy)
    return address


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise MistakeError(f"'{text}' is not a day", "write it like 2027-01-01") from None


def hint(types: str | list[str], *examples: str | float, **more: object) -> WithJsonSchema:
    """What an editor is told about a value whose meaning only our own parser knows."""
    return WithJsonSchema({"type": types, "examples": list(examples), **more})


def _completed(*sentences: str, comparison: str = "[<>=]") -> WithJsonSchema:
    """A sentence: editors offer these, and accept any that compares something."""
    free = {"type": "string", "pattern": comparison}
    return WithJsonSchema({"anyOf": [{"enum": list(sentences)}, free], "examples": list(sentences[:3])})


_NUMBER = ["string", "number"]
_WHOLE = ["string", "integer"]
_PERCENT = r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"
_A_LENGTH = r"^\s*([0-9]+(\.[0-9]+)?\s*(ms|s|m|min|h)\s*)+$"

NOT_EMPTY = AfterValidator(_not_empty)
Length = Annotated[float, read_as(_length_s), hint("string", "60s", "1m30s", "2h", pattern=_A_LENGTH)]
Window = Annotated[float | None, read_as(parse_stretch), hint("string", "1m", "every 5m", "the steady state")]
Warmup = Annotated[float | None, read_as(_warmup_s), hint("string", "auto", "30s", "0s")]
AnyLevel = Annotated[Level, read_as(_level), hint(_WHOLE, "200/s", 20)]
BusyLevel = Annotated[Level, read_as(_busy_level), hint(_WHOLE, "200/s", 20)]
LevelChange = Annotated[Level, read_as(_signed_level), hint(_WHOLE, "50/s", -5)]
Count = Annotated[int, read_as(_at_least(1, "a count")), hint(_WHOLE, 4, 500)]
Seed = Annotated[int, read_as(_at_least(0, "a seed")), hint(_WHOLE, 7)]
Weight = Annotated[float, read_as(_weight), hint(_NUMBER, 1, 2, 60)]
Confidence = Annotated[float, read_as(_confidence), hint(_NUMBER, "95 %", "99 %", 0.9, pattern=_PERCENT)]
Flag = Annotated[bool, read_as(_flag), hint("boolean")]
Words = Annotated[str, read_as(str.strip), hint("string", minLength=1)]
Day = Annotated[date, read_as(_day), hint("string", "2027-01-01", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
QueryName = Annotated[str, AfterValidator(_query_name)]
PlainAddress = Annotated[str, read_as(_plain_address), hint("string", "http://127.0.0.1:9090")]
# An Objective and a Scope; pydantic is not asked to look into them.
Sentence = Annotated[Any, read_as(parse_objective), _completed(*EXAMPLES)]
Narrowing = Annotated[
    Any, read_as(parse_scope), hint("string", "POST /api/trades", "/api/trades", "scenario lineup")
]
