"""How long a soak lasts: as its SLO file says, as long as was asked for, or until its verdict is due."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from preseason.errors import BadInputError, Problem
from preseason.slo.quantities import duration_s
from preseason.slo.reading import parse_slo

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.slo.model import Slo
    from preseason.slo.stages import ReadFile

#: Starting servers, logging in and judging take less than this of the time until a deadline.
RESERVE_S = 180.0
#: A length that a deadline leaves is rounded down to so much, so that nights can be compared.
_ROUND_S = 300.0
#: Stages other than the longest ``hold`` keep their length while they take no more than this share.
_KEPT_SHARE = 0.25
_LONGEST_WARMUP_SHARE = 0.25
_SHORTEST_S = 60.0
_LENGTHS = ("ramp", "hold", "spike", "step")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def deadline_of(text: str, now: datetime) -> datetime:
    """The moment that ``06:30`` (the next one, local time) or an ISO 8601 time means, in UTC.

    BadInputError for anything else, and for a moment that is past.
    """
    place = f"--deadline {text}"
    if found := _CLOCK.fullmatch(text.strip()):
        local = now.astimezone()
        due = local.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        return (due if due > local else due + timedelta(days=1)).astimezone(UTC)
    try:
        due = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInputError(Problem("is no time", place, "write 06:30, or 2026-12-01T06:30")) from None
    due = due.astimezone(UTC)
    if due <= now:
        raise BadInputError(Problem("is past", place, "name a moment that is still to come"))
    return due


def length_s(planned_s: float, deadline: datetime | None, now: datetime, around_s: float) -> float:
    """How long the load lasts: as planned, or what a deadline leaves of it, by whole five minutes.

    ``around_s`` is what is sampled before and after. BadInputError where a minute cannot be had.
    """
    if deadline is None:
        return planned_s
    left_s = (deadline - now).total_seconds() - RESERVE_S - around_s
    if left_s >= planned_s:
        return planned_s
    rounded_s = left_s // _ROUND_S * _ROUND_S if left_s >= _ROUND_S else left_s
    if rounded_s < _SHORTEST_S:
        cause = f"leaves {max(0.0, left_s):.0f} s for the load, beside what starting and judging take"
        raise BadInputError(Problem(cause, "--deadline", "name a later one"))
    return rounded_s


def stretched(slo: Slo, wanted_s: float, place: Path) -> Slo:
    """The same objectives under the same load, made for another length.

    The longest constant stage takes up the difference. Where the rest would take more than a quarter, all
    stages shrink alike. BadInputError where the load is a recording.
    """
    if wanted_s == slo.load.duration_s:
        return slo
    yaml = YAML(typ="rt", pure=True)
    document = yaml.load(slo.text)
    load = document["load"]
    stages = load.get("stages")
    if stages is None:
        load["duration"] = _text(wanted_s)
    else:
        _stretch(stages, slo.load.duration_s, wanted_s, place)
    if slo.load.warmup_s is not None:
        load["warmup"] = _text(min(slo.load.warmup_s, _LONGEST_WARMUP_SHARE * wanted_s))
    text = io.StringIO()
    yaml.dump(document, text)
    return parse_slo(text.getvalue(), str(place), read_file=_beside(place))


def _stretch(stages: list[dict[str, Any]], planned_s: float, wanted_s: float, place: Path) -> None:
    if any("replay" in stage for stage in stages):
        cause = "this load is a recording, which has one length"
        remedy = "leave out --duration, and a --deadline before its end"
        raise BadInputError(Problem(cause, str(place), remedy))
    holds = [stage for stage in stages if "hold" in stage]
    longest = max(holds, key=lambda stage: duration_s(str(stage["hold"])), default=None)
    rest_s = planned_s - (duration_s(str(longest["hold"])) if longest else 0.0)
    if longest is not None and rest_s <= _KEPT_SHARE * wanted_s:
        longest["hold"] = _text(wanted_s - rest_s)
        return
    factor = wanted_s / planned_s
    for stage in stages:
        for key in _LENGTHS:
            if key in stage:
                stage[key] = _text(duration_s(str(stage[key])) * factor)


def _text(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _beside(place: Path) -> ReadFile:
    return lambda name: (place.parent / name).read_text(encoding="utf-8")
