"""A capacity plan read from a YAML file, or refused with everything that is wrong with it."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.slo.ahead.plan_schema import CapacitySection
from preseason.slo.checking import PLAN, PLAN_HEADER, Parts
from preseason.slo.document import read_document
from preseason.slo.quantities import MistakeError
from preseason.slo.text import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.slo.document import Keys

#: With fewer weeks, no trend has an interval that anybody could use.
FEWEST_WEEKS = 8
_DAYS_A_WEEK = 7
_MOST_PROBLEMS = 20
_COLUMNS = ["week", "peak"]
_MOST_WEEKS, _LAST_YEAR = 260, 2200


@dataclass(frozen=True, slots=True)
class WeeklyPeak:
    """The peak of a week, in successful requests a second; ``week`` counts from the first of the file."""

    week: int
    per_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as written; ``peaks`` are those of its file, the first in the week of ``first_peak``."""

    name: str
    section: CapacitySection
    peaks: tuple[WeeklyPeak, ...] = ()
    first_peak: date | None = None


def read_plan(path: Path) -> Plan:
    """Read a plan; a file of peaks is looked for beside it. BadInputError with all that is wrong."""
    return parse_plan(read_text(path), str(path), lambda name: read_text(path.parent / name))


def parse_plan(text: str, source: str, read_file: Callable[[str], str] | None = None) -> Plan:
    """What the section ``capacity`` of a YAML text says; objectives beside it are not looked at.

    Raises BadInputError with every mistake at once, each at its line and column.
    """
    parts = Parts(read_document(text, source), None)
    if not {"load", "objectives"} & set(parts.top):
        parts.checked(PLAN_HEADER, parts.document.values, ())
    elif "capacity" not in parts.top:
        parts.add(MistakeError("'capacity' is missing", "this file has objectives, but no plan"), ())
    section = check_section(parts) if "capacity" in parts.top else None
    peaks, first = _peaks(parts, _sound(parts), read_file)
    if parts.problems or section is None:
        raise BadInputError(parts.in_order())
    name = parts.top.get("name")
    return Plan(str(name) if name else Path(source).stem, section, peaks, first)


def is_plan(text: str) -> bool:
    """Whether a text is meant as a plan alone: it has one, and neither a load nor objectives."""
    try:
        written = read_document(text, "").values
    except BadInputError:
        return False
    keys = set(written) if isinstance(written, dict) else set()
    return "capacity" in keys and not keys & {"load", "objectives"}


def check_section(parts: Parts) -> CapacitySection | None:
    """The section ``capacity`` of a document; what is wrong with it is noted in ``parts``."""
    section = parts.checked(PLAN, parts.top["capacity"], ("capacity",))
    sound = _sound(parts)
    if sound is not None:
        possible = [mistakes for keys, mistakes in _CHECKS if keys <= sound.keys]
        for mistake in (found for mistakes in possible for found in mistakes(sound.section)):
            parts.add(mistake, ("capacity",))
    return section


@dataclass(frozen=True, slots=True)
class _Sound:
    """A section as far as it is well-formed: only what its ``keys`` say is what the file says."""

    section: CapacitySection
    keys: frozenset[str]


#: For keys that no plan goes without, where the file's own are malformed or missing.
_STAND_INS = {"from": "2027-01-04", "instances": {"utilisation": "70 %"}}


def _sound(parts: Parts) -> _Sound | None:
    """None where the section is no mapping. By an unknown key, what seems to be left out may be meant."""
    written = parts.top.get("capacity")
    if not isinstance(written, dict):
        return None
    keys = {info.alias or name for name, info in CapacitySection.model_fields.items()}
    wrong = parts.malformed(PLAN, written)
    left_out = keys - set(written) if wrong - keys else set()
    kept = keys - wrong - left_out
    values = {key: value for key, value in written.items() if key in kept}
    return _Sound(PLAN.validate_python({**_STAND_INS, **values}), frozenset(kept))


def _of_weeks(section: CapacitySection) -> Iterator[MistakeError]:
    if section.weeks > _MOST_WEEKS:
        yield MistakeError(
            f"nobody can plan {section.weeks} weeks", f"at most {_MOST_WEEKS}", path=("weeks",)
        )


def _of_begin(section: CapacitySection) -> Iterator[MistakeError]:
    if section.begin.year > _LAST_YEAR:
        yield MistakeError(
            f"the year {section.begin.year} is too far off", "write a nearer day", path=("from",)
        )


def _of_burst(section: CapacitySection) -> Iterator[MistakeError]:
    if section.burst < 1:
        remedy = "it is the busiest minute over the mean of its hour: 1 or more"
        yield MistakeError("no hour's busiest minute is below its mean", remedy, path=("burst",))


def _of_demand(section: CapacitySection) -> Iterator[MistakeError]:
    needed = {
        name: getattr(section, name) is None for name in ("users", "requests_per_user", "growth_per_week")
    }
    missing = [name for name, absent in needed.items() if absent]
    if section.weekly_peaks is None and missing:
        remedy = "write users, requests_per_user and growth_per_week, or weekly_peaks"
        yield MistakeError(f"what will be asked for is not known: {' and '.join(missing)} missing", remedy)
    for name in ("requests_per_user", "growth_per_week", "growth_per_week_high"):
        if section.weekly_peaks is not None and getattr(section, name) is not None:
            yield MistakeError("weekly_peaks says this already", "leave one of the two out", path=(name,))


def _of_growth(section: CapacitySection) -> Iterator[MistakeError]:
    low, high = section.growth_per_week, section.growth_per_week_high
    if high is not None and low is not None and high < low:
        remedy = "it is how fast demand may grow at most"
        yield MistakeError("this is less than growth_per_week", remedy, path=("growth_per_week_high",))


def _of_launches(section: CapacitySection) -> Iterator[MistakeError]:
    for index, launch in enumerate(section.launches):
        if launch.until is not None and launch.until < launch.begin:
            path: Keys = ("launches", index, "until")
            yield MistakeError("this launch ends before it begins", "swap the days", path=path)


def _of_shapes(section: CapacitySection) -> Iterator[MistakeError]:
    names = [shape.name for shape in section.instances.shapes]
    for index, shape in enumerate(section.instances.shapes):
        path: Keys = ("instances", "shapes", index)
        if shape.name in names[:index]:
            yield MistakeError(f"the shape '{shape.name}' stands twice", "keep one of the two", path=path)
        if index == 0 and shape.capacity != 1:
            remedy = "leave its capacity out, and give the others' as multiples of it"
            yield MistakeError("the first shape is the one that was tested", remedy, path=(*path, "capacity"))


def _of_prices(section: CapacitySection) -> Iterator[MistakeError]:
    if section.prices is None:
        return
    if section.mean_load is None:
        remedy = "add mean_load: 30 %, the mean of a month as a part of its peak"
        yield MistakeError("what a month costs depends on its mean load", remedy, path=("prices",))
    names = [shape.name for shape in section.instances.shapes]
    priced = [(item.name, item.shape) for item in section.prices.items]
    for index, item in enumerate(section.prices.items):
        path: Keys = ("prices", "items", index)
        if (item.name, item.shape) in priced[:index]:
            yield MistakeError(f"the price '{item.name}' stands twice", "give them two names", path=path)
        if item.shape is not None and item.shape not in names:
            remedy = f"known: {', '.join(names)}"
            yield MistakeError(f"there is no shape '{item.shape}'", remedy, path=(*path, "for"))
        if (item.memory is None) == (item.per == "GB-second"):
            remedy = "write memory: 1 GiB beside a price per GB-second, and beside no other"
            yield MistakeError("a price per GB-second is one of memory", remedy, path=path)


#: What each looks at: nothing is concluded from a key that is malformed.
_CHECKS: tuple[tuple[frozenset[str], Callable[[CapacitySection], Iterator[MistakeError]]], ...] = (
    (frozenset({"weeks"}), _of_weeks),
    (frozenset({"from"}), _of_begin),
    (frozenset({"burst"}), _of_burst),
    (
        frozenset({"users", "requests_per_user", "growth_per_week", "growth_per_week_high", "weekly_peaks"}),
        _of_demand,
    ),
    (frozenset({"growth_per_week", "growth_per_week_high"}), _of_growth),
    (frozenset({"launches"}), _of_launches),
    (frozenset({"instances"}), _of_shapes),
    (frozenset({"prices", "mean_load", "instances"}), _of_prices),
)


def _peaks(
    parts: Parts, sound: _Sound | None, read_file: Callable[[str], str] | None
) -> tuple[tuple[WeeklyPeak, ...], date | None]:
    file = None if sound is None else sound.section.weekly_peaks
    if file is None:
        return (), None
    if read_file is None:
        parts.add(MistakeError("this text has no folder to look in", path=("weekly_peaks",)), ("capacity",))
        return (), None
    try:
        return parse_peaks(read_file(file), file)
    except BadInputError as error:
        where = parts.document.place(("capacity", "weekly_peaks"))
        parts.problems += [
            Problem(f"{problem.place}: {problem.cause}", where, problem.remedy) for problem in error.problems
        ]
        return (), None


def parse_peaks(text: str, source: str) -> tuple[tuple[WeeklyPeak, ...], date]:
    """The peaks of a CSV text with the header ``week,peak``, in any order, and the day of the first."""
    try:
        read = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise BadInputError(Problem(f"is not CSV: {error}", source, "write plain numbers")) from None
    rows = [
        (number, [cell.strip() for cell in cells]) for number, cells in enumerate(read, start=1) if any(cells)
    ]
    if not rows or [cell.lower() for cell in rows[0][1]] != _COLUMNS:
        remedy = "write a day and requests a second a line, as in 2027-01-04,41.5"
        raise BadInputError(Problem("the first line is not week,peak", f"{source}:1", remedy))
    found: dict[date, float] = {}
    problems: list[Problem] = []
    for number, cells in rows[1:]:
        try:
            day, peak = _peak(cells, found)
        except ValueError as error:
            problems.append(Problem(str(error), f"{source}:{number}", "write it like 2027-01-04,41.5"))
        else:
            found[day] = peak
    problems += _too_few(found, source)
    if problems:
        raise BadInputError(problems[:_MOST_PROBLEMS])
    first = min(found)
    peaks = (WeeklyPeak((day - first).days // _DAYS_A_WEEK, peak) for day, peak in sorted(found.items()))
    return tuple(peaks), first


def _peak(cells: list[str], known: dict[date, float]) -> tuple[date, float]:
    """A day and its peak; ValueError, with a sentence, where a row is none, or says a week again."""
    if len(cells) != len(_COLUMNS):
        raise ValueError(f"{len(cells)} cells where there should be two")
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        raise ValueError(f"'{cells[0][:40]}' is not a day") from None
    if day in known:
        raise ValueError(f"the week {day} stands twice")
    try:
        peak = float(cells[1])
    except ValueError:
        raise ValueError(f"the peak '{cells[1][:40]}' is not a number") from None
    if not (math.isfinite(peak) and peak > 0):
        raise ValueError(f"the peak {cells[1]} is not above 0")
    return day, peak


def _too_few(found: dict[date, float], source: str) -> Iterator[Problem]:
    if len(found) < FEWEST_WEEKS:
        remedy = "write growth_per_week instead, until there are enough"
        yield Problem(f"holds {len(found)} weeks; a trend takes {FEWEST_WEEKS}", source, remedy)
    days = sorted(found)
    near = [later for earlier, later in pairwise(days) if (later - earlier).days < _DAYS_A_WEEK]
    if near:
        yield Problem(f"{near[0]} is less than a week after the one before", source, "one line a week")
