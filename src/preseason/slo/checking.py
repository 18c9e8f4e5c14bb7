"""The parts of an SLO file, each checked on its own, so that one mistake hides no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from preseason.errors import Problem
from preseason.slo import schema
from preseason.slo.ahead import plan_schema
from preseason.slo.quantities import MistakeError, did_you_mean

if TYPE_CHECKING:
    from datetime import date

    from pydantic_core import ErrorDetails

    from preseason.slo.document import Document, Keys

PartT = TypeVar("PartT")

HEADER: TypeAdapter[schema.Header] = TypeAdapter(schema.Header)
LOAD: TypeAdapter[schema.OpenLoad | schema.ClosedLoad] = TypeAdapter(schema.AnyLoad)
OBJECTIVE: TypeAdapter[schema.LongObjective] = TypeAdapter(schema.LongObjective)
ALERTS: TypeAdapter[schema.AlertFile] = TypeAdapter(schema.AlertFile)
PROMETHEUS: TypeAdapter[schema.Prometheus] = TypeAdapter(schema.Prometheus)
PLAN_HEADER: TypeAdapter[plan_schema.PlanHeader] = TypeAdapter(plan_schema.PlanHeader)
PLAN: TypeAdapter[plan_schema.CapacitySection] = TypeAdapter(plan_schema.CapacitySection)

#: The model whose keys stand at the top of what an adapter checks.
_OUTERMOST: dict[int, type[schema.Keys]] = {
    id(HEADER): schema.Header,
    id(OBJECTIVE): schema.LongObjective,
    id(ALERTS): schema.AlertFile,
    id(PROMETHEUS): schema.Prometheus,
    id(PLAN_HEADER): plan_schema.PlanHeader,
    id(PLAN): plan_schema.CapacitySection,
}
_BY_LOCATION = {**schema.BY_LOCATION, **plan_schema.BY_LOCATION}
_SHAPES = {
    "list_type": ("expected a list", "one item a line, each after a dash"),
    "tuple_type": ("expected a list", "one item a line, each after a dash"),
}
_EXAMPLES = {
    "load": "load: {model: open, rate: 20/s, duration: 60s}",
    "objectives": "objectives: [p95 < 200 ms, errors < 1 %]",
    "to": "to: 400/s",
    "by": "by: 50/s",
    "times": "times: 4",
    "objective": "objective: p95 < 200 ms",
    "until": "until: 2027-01-01",
    "from": "from: 2027-01-04",
    "date": "date: 2027-01-04",
    "source": "source: the provider's list",
    "utilisation": "utilisation: 70 %",
    "capacity": "capacity: {from: 2027-01-04, users: 20000, …}",
    "instances": "instances: {running: 3, utilisation: 70 %}",
    "factor": "factor: 4",
}
_MODELS = ("open", "closed")
_LIKE_A_LOAD = f"as in {_EXAMPLES['load']}"
_MAPPING = ("expected a mapping", "write key: value pairs")


@dataclass(slots=True)
class Parts:
    """A document under examination; ``problems`` grows as its parts are checked."""

    document: Document
    today: date | None
    problems: list[Problem] = field(init=False)

    def __post_init__(self) -> None:
        self.problems = list(self.document.problems)

    def in_order(self) -> list[Problem]:
        """The problems as somebody meets them who reads the file from the top."""
        return sorted(self.problems, key=lambda problem: _line_and_column(problem.place))

    @property
    def top(self) -> dict[str, object]:
        """The keys of the file; none where it holds something else."""
        values = self.document.values
        return dict(values) if isinstance(values, dict) else {}

    def checked(self, adapter: TypeAdapter[PartT], value: object, path: Keys) -> PartT | None:
        """The part at ``path`` as its model; None, and its problems noted, where it has any."""
        try:
            return adapter.validate_python(value, context={"today": self.today})
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            self.problems.extend(self._problem(detail, path, adapter) for detail in details)
            return None

    def malformed(self, adapter: TypeAdapter[PartT], value: object) -> frozenset[str]:
        """The outermost keys of ``value`` that :meth:`checked` finds a mistake in, or does not know."""
        try:
            adapter.validate_python(value, context={"today": self.today})
        except ValidationError as error:
            return frozenset(str(detail["loc"][0]) for detail in error.errors() if detail["loc"])
        return frozenset()

    def checked_load(self) -> schema.OpenLoad | schema.ClosedLoad | None:
        """The load as its model; one that names no model is looked through as the one its keys belong to."""
        written = self.top.get("load")
        if not isinstance(written, dict):
            self.problems.append(Problem(_MAPPING[0], self.document.place(("load",)), _LIKE_A_LOAD))
            return None
        if written.get("model") in _MODELS:
            return self.checked(LOAD, written, ("load",))
        likely = "closed" if "users" in written else "open"
        self.problems.append(self._no_model(written))
        self.checked(LOAD, {**written, "model": likely}, ("load",))
        return None

    def _no_model(self, load: dict[str, object]) -> Problem:
        if isinstance(word := load.get("model"), str):
            place = self.document.place(("load", "model"))
            return Problem(f"'{word}' is no model of a load", place, did_you_mean(word, _MODELS))
        return Problem(
            "the load has no model", self.document.place(("load",)), "write model: open, or model: closed"
        )

    def add(self, mistake: MistakeError, path: Keys) -> None:
        """Note a mistake made at or below ``path``."""
        place = self.document.place((*path, *mistake.path), mistake.offset)
        self.problems.append(Problem(mistake.cause, place, mistake.remedy))

    def _problem(self, detail: ErrorDetails, path: Keys, adapter: TypeAdapter[PartT]) -> Problem:
        """Pydantic's finding in our words, at its place in the file."""
        location = detail["loc"]
        known = self._without_tags(path, location)
        mistake = detail.get("ctx", {}).get("error")
        if isinstance(mistake, MistakeError):
            return Problem(mistake.cause, self.document.place(known, mistake.offset), mistake.remedy)
        place = self.document.place(known)
        match detail["type"]:
            case "extra_forbidden":
                remedy = did_you_mean(str(location[-1]), _keys_allowed(location, adapter))
                if location[-1] == "<<":
                    remedy = "merge keys are not read: write the keys out"
                return Problem(f"unknown key '{location[-1]}'", self.document.place_of_key(known), remedy)
            case "missing":
                example = _EXAMPLES.get(str(location[-1]), f"{location[-1]}: …")
                return Problem(f"'{location[-1]}' is missing", place, f"add {example}")
            case "union_tag_not_found":
                cause, remedy = "this is no stage", f"a stage is one of {', '.join(schema.STAGES)}"
            case other:
                cause, remedy = _SHAPES.get(other, _MAPPING)
        return Problem(cause, place, remedy)

    def _without_tags(self, path: Keys, location: Keys) -> Keys:
        """The path of pydantic's location, less the tags of its unions, which stand in no file."""
        for part in location:
            if (*path, part) in self.document.marks:
                path = (*path, part)
        return path


def _line_and_column(place: str) -> tuple[int, int]:
    _, line, column = place.rsplit(":", 2)
    return int(line), int(column)


def _keys_allowed(location: Keys, adapter: TypeAdapter[PartT]) -> list[str]:
    outer = _OUTERMOST.get(id(adapter), schema.Keys)
    around = reversed(location[:-1])
    model = next((_BY_LOCATION[part] for part in around if part in _BY_LOCATION), outer)
    return [str(info.alias or name) for name, info in model.model_fields.items()]
