"""OpenSLO v1 read into an SLO file: ratio objectives over metrics of type ``preseason``.

Foreign metrics (PromQL, vendors' languages) say nothing that a run could be asked; slices of time and
thresholds are other promises than ratios. Whatever is not imported is named with its reason, and nothing is
guessed. An OpenSLO file names no load: the one that is written is there to be replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.run.requests import Endpoint
from preseason.slo.burn import complement
from preseason.slo.document import read_documents
from preseason.slo.grammar import endpoint_text, parse_objective
from preseason.slo.model import Unit
from preseason.slo.openslo import PREFIX, SOURCE_TYPE, VERSION
from preseason.slo.quantities import MistakeError, number_text, quantity_text
from preseason.slo.reading import parse_slo
from preseason.slo.translation import Translation, comment, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from preseason.slo.document import Document, Keys, Value

_LOAD = {"model": "open", "rate": "20/s", "duration": "5m"}
_SAID = ("Imported from OpenSLO, which names no load: this one is a placeholder. Write your own.",)
_WAIVER = ("owner", "reason", "until")
#: Kinds that hold no objective; what an indicator refers to is looked up.
_BESIDE = {"SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"}


def from_openslo(text: str, source: str) -> Translation:
    """An SLO file that holds every objective of an OpenSLO file that is one of ours.

    BadInputError where the text is no YAML at all. ``left_out`` is everything else that it promises.
    """
    documents = [one for one in read_documents(text, source) if one.values is not None]
    indicators = _indicators(documents)
    reader = _Reader()
    for document in documents:
        reader.read(document, indicators)
    if not reader.objectives:
        remedy = (
            f"ratios over metrics of type {SOURCE_TYPE} are, as preseason slo export --openslo writes them"
        )
        nothing = Problem("nothing in this file can be imported", source, remedy)
        return Translation("", (*reader.left_out, *(() if reader.left_out else (nothing,))))
    written = comment(_SAID) + yaml_text([{"load": _LOAD, "objectives": list(reader.objectives.values())}])
    return _checked(written, source, tuple(reader.left_out))


def _checked(written: str, source: str, left_out: tuple[Problem, ...]) -> Translation:
    """What is written is read again: an annotation may hold anything."""
    try:
        parse_slo(written, source)
    except BadInputError as error:
        wrong = (Problem(one.cause, source, one.remedy) for one in error.problems)
        return Translation("", (*left_out, *wrong))
    return Translation(written, left_out)


class _NotOursError(Exception):
    """What cannot be imported, where it stands below its document, and the way out."""

    def __init__(self, cause: str, remedy: str = "", path: Keys = ()) -> None:
        super().__init__(cause)
        self.cause, self.remedy, self.path = cause, remedy, path


@dataclass(slots=True)
class _Reader:
    """Collects objectives, in their long form, by name; and what is none."""

    objectives: dict[str, dict[str, object]] = field(default_factory=dict)
    left_out: list[Problem] = field(default_factory=list)

    def read(self, document: Document, indicators: Mapping[str, Value]) -> None:
        values, kind = document.values, _text(document.values, "kind")
        self.left_out += document.problems
        if kind in _BESIDE and _text(values, "apiVersion") == VERSION:
            return
        if kind != "SLO" or _text(values, "apiVersion") != VERSION:
            found = f"{_text(values, 'apiVersion') or 'no apiVersion'}, {kind or 'no kind'}"
            remedy = f"only documents of apiVersion {VERSION} are read"
            self.left_out.append(
                Problem(f"not an objective of OpenSLO v1: {found}", document.place(()), remedy)
            )
            return
        listed = _at(values, "spec", "objectives")
        promised = listed if isinstance(listed, list) else []
        if not promised:
            self._leave(document, _NotOursError("this SLO has no objectives", path=("spec",)))
        for index, _ in enumerate(promised):
            try:
                self._add(_objective(values, index, indicators), index)
            except _NotOursError as reason:
                self._leave(document, reason)

    def _add(self, objective: dict[str, object], index: int) -> None:
        name = str(objective["objective"])
        if name in self.objectives:
            raise _NotOursError(
                f"'{name}' stands twice", "keep one of the two", ("spec", "objectives", index)
            )
        self.objectives[name] = objective

    def _leave(self, document: Document, reason: _NotOursError) -> None:
        name = _text(document.values, "metadata", "name") or "unnamed"
        place = document.place(reason.path)
        self.left_out.append(Problem(f"'{name}' is not imported: {reason.cause}", place, reason.remedy))


def _indicators(documents: Iterable[Document]) -> dict[str, Value]:
    """The indicators that stand in documents of their own, by name."""
    found = (one.values for one in documents if _text(one.values, "kind") == "SLI")
    return {_text(values, "metadata", "name"): _at(values, "spec") for values in found}


def _objective(values: Value, index: int, indicators: Mapping[str, Value]) -> dict[str, object]:
    path: Keys = ("spec", "objectives", index)
    if (method := _text(values, "spec", "budgetingMethod")) != "Occurrences":
        at: Keys = ("spec", "budgetingMethod")
        raise _NotOursError(f"its budget counts {method or 'nothing'}", "Occurrences are imported", at)
    if any(_at(values, *path, key) is not None for key in ("indicator", "indicatorRef")):
        raise _NotOursError("it is composed of several indicators", "write one SLO for each", path)
    metric = _ratio_metric(values, indicators)
    sentence = _sentence(metric, _target(_at(values, *path), path))
    try:
        name = parse_objective(sentence).name
    except MistakeError as mistake:
        raise _NotOursError(mistake.cause, mistake.remedy, path) from None
    return {"objective": name, **_annotated(_at(values, "metadata", "annotations"))}


def _ratio_metric(values: Value, indicators: Mapping[str, Value]) -> Value:
    reference = _text(values, "spec", "indicatorRef")
    spec = indicators.get(reference) if reference else _at(values, "spec", "indicator", "spec")
    if spec is None:
        missing = f"its indicator {reference} is not in this file" if reference else "it has no indicator"
        raise _NotOursError(missing, path=("spec",))
    metric = _at(spec, "ratioMetric")
    if not isinstance(metric, dict) or "total" not in metric:
        raise _NotOursError("its indicator is no ratio of counted events", "write it by hand", ("spec",))
    return metric


def _target(objective: Value, path: Keys) -> Decimal:
    """The share that must be good, 0-1, as exactly as it is written."""
    share, percent = _text(objective, "target"), _text(objective, "targetPercent")
    try:
        target = Decimal(share) if share else Decimal(percent) / 100
    except InvalidOperation:
        raise _NotOursError("its target is no number", "write it like target: 0.99", path) from None
    if share and percent:
        raise _NotOursError("it has a target and a targetPercent", "keep one of the two", path)
    if not target.is_finite() or not 0 < target < 1:
        raise _NotOursError("its target lies not between 0 and 1", "write it like target: 0.99", path)
    return target


def _sentence(metric: Value, target: Decimal) -> str:
    """The objective as a sentence of ours; it is said only if part and total count the same events."""
    part = "bad" if _at(metric, "bad") is not None else "good"
    counted, total = _spec(metric, part), _spec(metric, "total")
    outcome, within_ms = counted.pop("outcome", ""), counted.pop("within_ms", "")
    if counted != total:
        raise _NotOursError("its parts and its total count different events", path=("spec",))
    share = float(target)
    match (total.pop("count", ""), part, outcome, bool(within_ms)):
        case ("requests", "good", "ok", True):
            said = f"p{number_text(Decimal(repr(share)) * 100)} < {_milliseconds(within_ms)}"
        case ("requests", "good", "ok", False):
            said = f"availability >= {quantity_text(share, Unit.RATIO)}"
        case ("requests", "bad", "failed", False):
            said = f"errors < {quantity_text(complement(share), Unit.RATIO)}"
        case ("lookups", "good", "hit", False):
            said = f"{total.pop('source', '')}.hit_rate > {quantity_text(share, Unit.RATIO)}"
        case _:
            raise _NotOursError("what its metrics count is not known here", path=("spec",))
    return f"{said}{_scope(total)}"


def _spec(metric: Value, part: str) -> dict[str, str]:
    kind = _text(metric, part, "metricSource", "type")
    spec = _at(metric, part, "metricSource", "spec")
    if kind != SOURCE_TYPE or not isinstance(spec, dict):
        cause = f"its metrics are of type {kind or 'unknown'}, which no run can be asked"
        remedy = "say by hand what they count, as in: errors < 1 % for POST /api/trades"
        raise _NotOursError(cause, remedy, ("spec",))
    return {key: str(value) for key, value in spec.items()}


def _milliseconds(text: str) -> str:
    try:
        return quantity_text(float(text), Unit.MS)
    except (ValueError, InvalidOperation):
        raise _NotOursError(f"'{text}' is no number of milliseconds", path=("spec",)) from None


def _scope(rest: dict[str, str]) -> str:
    """What is left of a total says what it is narrowed to."""
    method, path, scenario = (rest.pop(key, "") for key in ("method", "path", "scenario"))
    if rest or (scenario and (method or path)):
        raise _NotOursError(f"it is narrowed by {', '.join(rest) or 'two scopes'}", path=("spec",))
    if scenario:
        return f" for scenario {scenario}"
    return f" for {endpoint_text(Endpoint(path, method))}" if path else ""


def _annotated(written: Value) -> dict[str, object]:
    """The parts of the long form that travelled as annotations; what they hold is checked with the file."""
    values = written if isinstance(written, dict) else {}
    ours = {key.removeprefix(PREFIX): str(value) for key, value in values.items() if key.startswith(PREFIX)}
    waiver = {key: ours[f"waived-{key}"] for key in _WAIVER if f"waived-{key}" in ours}
    plain: dict[str, object] = {key: ours[key] for key in ("confidence", "severity", "weight") if key in ours}
    if "required" in ours:
        plain["required"] = ours["required"] == "true"
    return {**plain, **({"waived": waiver} if waiver else {})}


def _at(value: Value, *path: str | int) -> Value:
    """What stands at ``path``; None where nothing does."""
    for key in path:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key]
        else:
            return None
    return value


def _text(value: Value, *path: str | int) -> str:
    found = _at(value, *path)
    return found if isinstance(found, str) else ""
