"""An SLO file read into objectives and a load, or refused with everything that is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError
from preseason.slo import schema, stages, vocabulary
from preseason.slo.ahead.plan_reading import check_section
from preseason.slo.checking import HEADER, OBJECTIVE, Parts
from preseason.slo.digest import slo_digest, workload_digest
from preseason.slo.document import read_document
from preseason.slo.grammar import Scope, renamed
from preseason.slo.model import Load, LoadModel, Objective, Severity, Slo, Spacing, Waiver
from preseason.slo.quantities import MistakeError
from preseason.slo.queries import read_queries, unasked
from preseason.slo.text import read_text

if TYPE_CHECKING:
    from datetime import date

    from preseason.slo.document import Keys


def read_slo(path: Path, today: date | None = None) -> Slo:
    """Read an SLO file; files it names are looked for beside it. BadInputError with all that is wrong."""

    def beside(name: str) -> str:
        return (path.parent / name).read_text(encoding="utf-8")

    return parse_slo(read_text(path), str(path), today=today, read_file=beside)


def no_files(name: str) -> str:
    """Of a text that has no place on disk."""
    raise FileNotFoundError(0, "this text has no folder to look in", name)


def parse_slo(
    text: str, source: str, *, today: date | None = None, read_file: stages.ReadFile = no_files
) -> Slo:
    """What an SLO file says. Pure: ``today`` decides whether a waiver has expired (None: not looked at).

    ``source`` is the file's name as the user knows it; every problem is placed at ``source:line:column``.
    Raises BadInputError with every mistake at once.
    """
    parts = Parts(read_document(text, source), today)
    header = parts.checked(HEADER, parts.document.values, ())
    load = read_load(parts, read_file)
    objectives, places = _objectives(parts, 0.95 if header is None else header.confidence)
    queries = read_queries(parts)
    if "capacity" in parts.top:
        check_section(parts)
    if queries is not None:
        parts.problems += unasked(objectives, places, queries)
    if parts.problems or header is None or load is None or queries is None:
        raise BadInputError(parts.in_order())
    return Slo(
        name=header.name or Path(source).stem,
        load=load,
        objectives=objectives,
        text=text,
        digest=slo_digest(load, objectives, queries.by_name),
        workload_digest=workload_digest(load),
        confidence=header.confidence,
        objective_places=places,
        mix_places={key: parts.document.place_of_key(("load", "mix", key)) for key in load.mix or {}},
        queries=queries,
    )


def read_load(parts: Parts, read_file: stages.ReadFile) -> Load | None:
    """The load of a file; None, and its problems noted, where it has any."""
    read = parts.checked_load() if "load" in parts.top else None
    try:
        return None if read is None else _resolved(read, read_file)
    except MistakeError as mistake:
        for one in (mistake, *mistake.more):
            parts.add(one, ("load",))
        return None


def _resolved(read: schema.OpenLoad | schema.ClosedLoad, read_file: stages.ReadFile) -> Load:
    resolved = stages.resolve(read, read_file)
    if read.warmup is not None and read.warmup >= resolved[-1].end_s:
        remedy = "the duration includes the warm-up: shorten the one or lengthen the other"
        raise MistakeError("the warm-up is as long as the load", remedy, path=("warmup",))
    load = Load(LoadModel(read.model), resolved, mix=read.mix, warmup_s=read.warmup, seed=read.seed)
    if isinstance(read, schema.OpenLoad):
        return replace(load, spacing=Spacing(read.spacing), max_in_flight=read.max_in_flight)
    return load


def _objectives(parts: Parts, confidence: float) -> tuple[tuple[Objective, ...], dict[str, str]]:
    """The objectives, and where each was written."""
    written = parts.top.get("objectives")
    found: dict[str, Objective] = {}
    places: dict[str, str] = {}
    for index, value in enumerate(written if isinstance(written, list) else []):
        path = ("objectives", index)
        objective = _objective(parts, value, path, confidence)
        if objective is not None and objective.name in found:
            parts.add(MistakeError(f"'{objective.name}' stands twice", "keep one of the two"), path)
        elif objective is not None:
            found[objective.name] = objective
            places[objective.name] = parts.document.place(path)
    return tuple(found.values()), places


def _objective(parts: Parts, written: object, path: Keys, confidence: float) -> Objective | None:
    long_form = {"objective": written} if isinstance(written, str) else written
    read = parts.checked(OBJECTIVE, long_form, path)
    try:
        return None if read is None else _stated(read, confidence)
    except MistakeError as mistake:
        parts.add(mistake, path)
        return None


def _stated(read: schema.LongObjective, confidence: float) -> Objective:
    stated: Objective = read.objective
    narrowed = stated.endpoint is not None or stated.scenario is not None
    sense = vocabulary.SENSES[stated.indicator.kind]
    for key, given, already, possible in (
        ("for", read.scope, narrowed, sense.scoped),
        ("over", read.over, stated.over_s is not None, sense.windowed),
    ):
        if given is not None and already:
            raise MistakeError(f"'{key}' stands twice", "keep one of the two", path=(key,))
        if given is not None and not possible:
            cause = f"{stated.indicator.text} cannot be narrowed with '{key}'"
            raise MistakeError(cause, f"as in: {sense.example}", path=(key,))
    if read.guardrail and not read.required:
        raise MistakeError(
            "an advisory objective ends no run",
            "leave out guardrail, or required: false",
            path=("guardrail",),
        )
    if read.guardrail and read.waived:
        raise MistakeError(
            "a waived objective ends no run",
            "leave out guardrail until the waiver is over",
            path=("guardrail",),
        )
    scope: Scope = read.scope or Scope(stated.endpoint, stated.scenario)
    return renamed(
        replace(
            stated,
            endpoint=scope.endpoint,
            scenario=scope.scenario,
            over_s=read.over or stated.over_s,
            confidence=read.confidence or confidence,
            severity=Severity(read.severity),
            required=read.required,
            weight=read.weight,
            guardrail=read.guardrail,
            waiver=Waiver(read.waived.owner, read.waived.reason, read.waived.until) if read.waived else None,
        )
    )
