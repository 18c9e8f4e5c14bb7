"""The stages of a load, resolved to straight segments that join without a hole."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from preseason.run.manifest import Stage
from preseason.slo.quantities import MistakeError, number_text
from preseason.slo.schema import ClosedLoad, Hold, OpenLoad, Ramp, Replay, Spike, Step

if TYPE_CHECKING:
    from preseason.slo.fields import Level

#: Gives the text of a file named in an SLO file; raises OSError where it cannot be read.
ReadFile = Callable[[str], str]
LevelUnit = Literal["arrivals/s", "users"]

#: Spreadsheets begin a file with it.
_BYTE_ORDER_MARK = "\ufeff"
#: Of the lines of a replay that are wrong: a file in another unit is wrong in all of them.
_MOST_TOLD = 10
_WORDS = {"arrivals/s": ("rate", "a rate like 200/s"), "users": ("users", "a number of users like 20")}


def resolve(load: OpenLoad | ClosedLoad, read_file: ReadFile) -> tuple[Stage, ...]:
    """The segments of a load from second 0; a mistake, with its path in the load, where they do not join."""
    unit: LevelUnit = "arrivals/s" if isinstance(load, OpenLoad) else "users"
    level = load.rate if isinstance(load, OpenLoad) else load.users
    key, example = _WORDS[unit]
    if load.stages is None:
        if level is None or load.duration is None:
            raise MistakeError("a load needs stages", f"or {key} and duration for one constant stage")
        return _Line(unit).constant("hold", load.duration, _value(level, unit, (key,))).resolved()
    for name, given in ((key, level), ("duration", load.duration)):
        if given is not None:
            raise MistakeError(f"{name} does not go with stages", "say it in the stages", path=(name,))
    line = _Line(unit)
    mistakes: list[MistakeError] = []
    for index, stage in enumerate(load.stages):
        try:
            _draw(line, stage, read_file)
        except MistakeError as mistake:
            path = ("stages", index, *mistake.path)
            mistakes += [
                MistakeError(one.cause, one.remedy or f"write {example}", path=path)
                for one in (mistake, *mistake.more)
            ]
            line.level = math.nan  # what follows is asked of itself alone: no comparison with this holds
    if mistakes:
        raise MistakeError.of_all(mistakes)
    return line.resolved()


def _value(level: Level, unit: LevelUnit, path: tuple[str, ...]) -> float:
    if level.unit == unit:
        return level.value
    model = "an open" if unit == "arrivals/s" else "a closed"
    raise MistakeError(f"{model} load is given as {_WORDS[unit][1]}", f"write {_WORDS[unit][1]}", path=path)


@dataclass(slots=True)
class _Line:
    """A line drawn from left to right, without what begins at a level that a mistake left unknown (NaN)."""

    unit: LevelUnit
    segments: list[Stage] = field(default_factory=list)
    level: float = 0.0

    @property
    def at_s(self) -> float:
        return self.segments[-1].end_s if self.segments else 0.0

    def straight(self, kind: str, length_s: float, begin: float, end: float) -> _Line:
        if math.isfinite(begin + end):
            start_s = self.at_s
            self.segments.append(
                Stage(
                    kind=kind, start_s=start_s, end_s=start_s + length_s, begin=begin, end=end, unit=self.unit
                )
            )
        self.level = end
        return self

    def constant(self, kind: str, length_s: float, level: float) -> _Line:
        return self.straight(kind, length_s, level, level)

    def resolved(self) -> tuple[Stage, ...]:
        if not any(max(segment.begin, segment.end) > 0 for segment in self.segments):
            raise MistakeError("this load never rises above 0", "let it, or nothing can be judged")
        return tuple(self.segments)


def _draw(line: _Line, stage: Hold | Ramp | Step | Spike | Replay, read_file: ReadFile) -> None:
    match stage:
        case Hold():
            line.constant("hold", stage.hold, _hold_level(stage, line))
        case Ramp():
            begin = line.level if stage.begin is None else _value(stage.begin, line.unit, ("from",))
            line.straight("ramp", stage.ramp, begin, _value(stage.to, line.unit, ("to",)))
        case Step():
            _draw_steps(line, stage)
        case Spike():
            before, peak = line.level, _value(stage.to, line.unit, ("to",))
            if peak <= before:
                remedy = f"go above the {number_text(before)} before it, or use a ramp"
                raise MistakeError("a spike goes up", remedy, path=("to",))
            line.straight("spike", stage.spike / 2, before, peak)
            line.straight("spike", stage.spike / 2, peak, before)
        case Replay():
            _draw_replay(line, stage, read_file)


def _hold_level(stage: Hold, line: _Line) -> float:
    key, example = _WORDS[line.unit]
    other, foreign = ("users", stage.users) if line.unit == "arrivals/s" else ("rate", stage.rate)
    own = stage.rate if line.unit == "arrivals/s" else stage.users
    if foreign is not None:
        _value(foreign, line.unit, (other,))
        raise MistakeError(f"this load is given by {key}, not {other}", f"write {key}", path=(other,))
    level = line.level if own is None else _value(own, line.unit, (key,))
    if level <= 0:
        raise MistakeError(f"a hold of what {key}?", f"write {example} as {key}")
    return level


def _draw_steps(line: _Line, stage: Step) -> None:
    level = line.level if stage.begin is None else _value(stage.begin, line.unit, ("from",))
    change = _value(stage.by, line.unit, ("by",))
    for _ in range(stage.times):
        level += change
        if level <= 0 or change == 0:
            remedy = "choose fewer or other steps"
            raise MistakeError(f"these steps lead to {number_text(level)}", remedy, path=("by",))
        line.constant("step", stage.step, level)


def _draw_replay(line: _Line, stage: Replay, read_file: ReadFile) -> None:
    try:
        text = read_file(stage.replay)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        remedy = f"name a CSV file with the header {_replay_header(line.unit)}"
        raise MistakeError(f"{stage.replay} cannot be read: {reason}", remedy, path=("replay",)) from None
    points = _replay_points(text.removeprefix(_BYTE_ORDER_MARK), stage.replay, _replay_header(line.unit))
    for (start_s, begin), (end_s, end) in pairwise(points):
        line.straight("replay", end_s - start_s, begin, end)


def _replay_header(unit: LevelUnit) -> str:
    return f"second,{_WORDS[unit][0]}"


def _replay_points(text: str, name: str, header: str) -> list[tuple[float, float]]:
    """Seconds and levels; a mistake that names the line of the CSV file that is wrong."""
    rows = [(number, row) for number, row in enumerate(csv.reader(io.StringIO(text)), start=1) if row]
    if not rows or [cell.strip() for cell in rows[0][1]] != header.split(","):
        remedy = "begin the file with that line; a comma parts the columns"
        raise MistakeError(f"{name}:1: expected the header {header}", remedy, path=("replay",))
    points: list[tuple[float, float]] = []
    mistakes: list[MistakeError] = []
    for number, row in rows[1:]:
        point = _replay_point(row)
        in_order = point is not None and (point[0] > points[-1][0] if points else point[0] == 0 or mistakes)
        if point is not None and in_order:
            points.append(point)
        elif len(mistakes) < _MOST_TOLD:
            remedy = "two numbers a line, seconds rising from 0, levels not below 0"
            mistakes.append(MistakeError(f"{name}:{number}: not a point of a load", remedy, path=("replay",)))
    if mistakes:
        raise MistakeError.of_all(mistakes)
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        raise MistakeError(f"{name}: a load needs two points", "add lines", path=("replay",))
    return points


def _replay_point(row: list[str]) -> tuple[float, float] | None:
    try:
        second, level = (float(cell) for cell in row)
    except ValueError:
        return None
    return (second, level) if 0 <= second < float("inf") and 0 <= level < float("inf") else None
