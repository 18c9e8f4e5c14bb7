"""The operations manual's format of a health answer, and what of it an answer does not hold.

::

    {"status": "healthy|degraded|unhealthy", "timestamp": "2024-12-01T12:00:00Z", "version": "2.1.0",
     "uptime": 86400,
     "checks": {"database": {"status": "healthy", "responseTime": 45, "lastCheck": "2024-12-01T12:00:00Z"},
                "redis": {"status": "healthy", "responseTime": 12, "memory": "85%"},
                "external_apis": {"sleeper": "healthy", "anthropic": "healthy"}}}
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    #: Says what a value should have been; empty where it is that.
    Rule = Callable[[Any], str]

STATUSES = ("healthy", "degraded", "unhealthy")
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,6})?\s?%")
_SHOWN_CHARACTERS = 40
_ENDLESS = 1e300
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """A field of the manual's that is not there, or holds something else than is ``wanted``.

    ``fault`` says what it holds, which may be another value at every look.
    """

    field: str
    fault: str = "is missing"
    wanted: str = ""

    @property
    def is_missing(self) -> bool:
        return self.fault == "is missing"


def _status(value: Any) -> str:  # noqa: ANN401 - any JSON may come
    return "" if value in STATUSES else f"one of {', '.join(STATUSES)}"


def _moment(value: Any) -> str:  # noqa: ANN401 - any JSON may come
    return "" if moment_s(value) is not None else "an ISO 8601 time with its zone"


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON may come
    return "" if isinstance(value, str) and value else "a text"


def _amount(value: Any) -> str:  # noqa: ANN401 - any JSON may come
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if number and 0 <= value < _ENDLESS else "a number from 0 on"


def _percent(value: Any) -> str:  # noqa: ANN401 - any JSON may come
    return "" if isinstance(value, str) and _PERCENT.fullmatch(value) else "a text such as 85%"


FIELDS: Mapping[str, Rule] = {
    "status": _status,
    "timestamp": _moment,
    "version": _text,
    "uptime": _amount,
    "checks.database.status": _status,
    "checks.database.responseTime": _amount,
    "checks.database.lastCheck": _moment,
    "checks.redis.status": _status,
    "checks.redis.responseTime": _amount,
    "checks.redis.memory": _percent,
    "checks.external_apis.sleeper": _status,
    "checks.external_apis.anthropic": _status,
}


def health_of(text: str) -> dict[str, Any] | None:
    """The answer's fields; None where it is no JSON object."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def faults(body: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Everything in which an answer differs from the manual's, in the manual's order."""
    found = ((field, _at(body, field), rule) for field, rule in FIELDS.items())
    return tuple(fault for field, value, rule in found if (fault := _fault(field, value, rule)))


def _fault(field: str, value: Any, rule: Rule) -> Fault | None:  # noqa: ANN401 - any JSON may come
    if value is _ABSENT:
        return Fault(field)
    wanted = rule(value)
    return Fault(field, f"is {_shown(value)}, not {wanted}", wanted) if wanted else None


def parts(body: Mapping[str, Any]) -> dict[str, str]:
    """The status of each part that an answer tells of, as far as it is one of the manual's."""
    told = {field: _at(body, field) for field, rule in FIELDS.items() if rule is _status}
    return {
        field.removeprefix("checks.").removesuffix(".status"): value
        for field, value in told.items()
        if field != "status" and value in STATUSES
    }


def moment_s(value: Any) -> float | None:  # noqa: ANN401 - any JSON may come
    """An ISO 8601 time with its zone in UTC epoch seconds; None for anything else."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def _at(body: Any, field: str) -> Any:  # noqa: ANN401 - any JSON may come
    for name in field.split("."):
        if not isinstance(body, dict) or name not in body:
            return _ABSENT
        body = body[name]
    return body


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON may come
    text = json.dumps(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
