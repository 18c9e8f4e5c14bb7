"""OpenSLO v1 read into an SLO file: ratio objectives over metrics of type ``preseason``.

Foreign metrics (PromQL, vendors' languages) say nothing that a run could be asked, but what was probably
meant is told; slices of time and
thresholds are other promises than ratios. Whatever is not imported is named with its reason, and nothing is
guessed. An OpenSLO file names no load: the one that is written is there to be replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.slo.document import read_documents
from preseason.slo.grammar import parse_objective
from preseason.slo.quantities import MistakeError
from preseason.slo.reading import parse_slo
from preseason.slo.translations.openslo import PREFIX, SOURCE_TYPE, VERSION
from preseason.slo.translations.openslo_metrics import NotOursError, sentence_of, text_at, value_at
from preseason.slo.translations.translation import Translation, comment, yaml_text

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


@dataclass(slots=True)
class _Reader:
    """Collects objectives, in their long form, by name; and what is none."""

    objectives: dict[str, dict[str, object]] = field(default_factory=dict)
    left_out: list[Problem] = field(default_factory=list)

    def read(self, document: Document, indicators: Mapping[str, Value]) -> None:
        values, kind = document.values, text_at(document.values, "kind")
        self.left_out += document.problems
        if kind in _BESIDE and text_at(values, "apiVersion") == VERSION:
            return
        if kind != "SLO" or text_at(values, "apiVersion") != VERSION:
            found = f"{text_at(values, 'apiVersion') or 'no apiVersion'}, {kind or 'no kind'}"
            remedy = f"only documents of apiVersion {VERSION} are read"
            self.left_out.append(
                Problem(f"not an objective of OpenSLO v1: {found}", document.place(()), remedy)
            )
            return
        listed = value_at(values, "spec", "objectives")
        promised = listed if isinstance(listed, list) else []
        if not promised:
            self._leave(document, NotOursError("this SLO has no objectives", path=("spec",)))
        for index, _ in enumerate(promised):
            wrong = _mistakes(values, index, indicators)
            try:
                if not wrong:
                    self._add(_objective(values, index, indicators), index)
            except NotOursError as reason:
                wrong = (reason,)
            for mistake in wrong:
                self._leave(document, mistake)

    def _add(self, objective: dict[str, object], index: int) -> None:
        name = str(objective["objective"])
        if name in self.objectives:
            raise NotOursError(f"'{name}' stands twice", "keep one of the two", ("spec", "objectives", index))
        self.objectives[name] = objective

    def _leave(self, document: Document, reason: NotOursError) -> None:
        name = text_at(document.values, "metadata", "name") or "unnamed"
        place = document.place(reason.path)
        problem = Problem(f"'{name}' is not imported: {reason.cause}", place, reason.remedy)
        if problem not in self.left_out:
            self.left_out.append(problem)


def _indicators(documents: Iterable[Document]) -> dict[str, Value]:
    """The indicators that stand in documents of their own, by name."""
    found = (one.values for one in documents if text_at(one.values, "kind") == "SLI")
    return {text_at(values, "metadata", "name"): value_at(values, "spec") for values in found}


def _mistakes(values: Value, index: int, indicators: Mapping[str, Value]) -> tuple[NotOursError, ...]:
    """Everything that keeps an objective from being read; budget and indicator are those of its SLO."""
    path: Keys = ("spec", "objectives", index)
    found = []
    for part in (
        lambda: _check_budget(values),
        lambda: _ratio_metric(values, indicators),
        lambda: _target(value_at(values, *path), path),
    ):
        try:
            part()
        except NotOursError as mistake:
            found.append(mistake)
    return tuple(found)


def _check_budget(values: Value) -> None:
    remedy = "budgetingMethod: Occurrences is imported"
    if not (method := text_at(values, "spec", "budgetingMethod")):
        raise NotOursError("it does not say how its budget is counted", remedy, ("spec",))
    if method != "Occurrences":
        raise NotOursError(f"its budget counts {method}", remedy, ("spec", "budgetingMethod"))


def _objective(values: Value, index: int, indicators: Mapping[str, Value]) -> dict[str, object]:
    path: Keys = ("spec", "objectives", index)
    if any(value_at(values, *path, key) is not None for key in ("indicator", "indicatorRef")):
        raise NotOursError("it is composed of several indicators", "write one SLO for each", path)
    metric = _ratio_metric(values, indicators)
    sentence = sentence_of(metric, _target(value_at(values, *path), path))
    try:
        name = parse_objective(sentence).name
    except MistakeError as mistake:
        raise NotOursError(mistake.cause, mistake.remedy, path) from None
    return {"objective": name, **_annotated(value_at(values, "metadata", "annotations"))}


def _ratio_metric(values: Value, indicators: Mapping[str, Value]) -> Value:
    reference = text_at(values, "spec", "indicatorRef")
    spec = indicators.get(reference) if reference else value_at(values, "spec", "indicator", "spec")
    if spec is None:
        missing = f"its indicator {reference} is not in this file" if reference else "it has no indicator"
        raise NotOursError(missing, path=("spec",))
    metric = value_at(spec, "ratioMetric")
    if not isinstance(metric, dict) or "total" not in metric:
        raise NotOursError("its indicator is no ratio of counted events", "write it by hand", ("spec",))
    return metric


def _target(objective: Value, path: Keys) -> Decimal:
    """The share that must be good, 0-1, as exactly as it is written."""
    share, percent = text_at(objective, "target"), text_at(objective, "targetPercent")
    try:
        target = Decimal(share) if share else Decimal(percent) / 100
    except InvalidOperation:
        raise NotOursError("its target is no number", "write it like target: 0.99", path) from None
    if share and percent:
        raise NotOursError("it has a target and a targetPercent", "keep one of the two", path)
    if not target.is_finite() or not 0 < target < 1:
        raise NotOursError("its target does not lie between 0 and 1", "write it like target: 0.99", path)
    return target


def _annotated(written: Value) -> dict[str, object]:
    """The parts of the long form that travelled as annotations; what they hold is checked with the file."""
    values = written if isinstance(written, dict) else {}
    ours = {key.removeprefix(PREFIX): str(value) for key, value in values.items() if key.startswith(PREFIX)}
    waiver = {key: ours[f"waived-{key}"] for key in _WAIVER if f"waived-{key}" in ours}
    plain: dict[str, object] = {key: ours[key] for key in ("confidence", "severity", "weight") if key in ours}
    if "required" in ours:
        plain["required"] = ours["required"] == "true"
    return {**plain, **({"waived": waiver} if waiver else {})}
