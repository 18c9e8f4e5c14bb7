"""A capacity search: one run a step, each judged like a gate, until the bracket is narrow and confirmed."""

from __future__ import annotations

import io
import math
import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from preseason.campaign.capacity.progress import announced, told
from preseason.campaign.capacity.rationing import rationed
from preseason.campaign.capacity.record import CapacityRecord, Pace, StepRecord, read_record, write_record
from preseason.campaign.guardrails import Guardrail
from preseason.campaign.judging import judge_run
from preseason.campaign.making import load_once, ready_target
from preseason.campaign.question import read_question
from preseason.errors import BadInputError, InterruptedRunError, Problem
from preseason.lifeline import Lifeline
from preseason.planning.search.next_step import Purpose, Settings, next_step
from preseason.planning.search.recovery import recovered_after_s
from preseason.planning.search.steps import binding, measured
from preseason.run.reading import read_run
from preseason.run.timeline import EventKind
from preseason.slo.model import LoadModel
from preseason.slo.reading import parse_slo
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.observer import Observer
    from preseason.campaign.options import GateOptions
    from preseason.campaign.question import Question
    from preseason.campaign.target import ReadyTarget
    from preseason.planning.search.next_step import Planned
    from preseason.run.reading import Run
    from preseason.slo.model import Slo

#: Users kept for each arrival a second: journeys take 5 to 10 s, and more users would only log in longer.
_JOURNEY_S = 12.0
_FEWEST_USERS, _MOST_USERS = 20, 1000
_LONGER = {Purpose.EXTEND, Purpose.CONFIRM}


@dataclass(frozen=True, slots=True)
class CapacityOptions:
    """A search. ``share`` is what the reference platform gets of a core; ``resume`` one to go on with."""

    gate: GateOptions
    settings: Settings
    pace: Pace
    share: float = 1.0
    resume: Path | None = None


@dataclass(frozen=True, slots=True)
class _Series:
    """What all steps of a search share."""

    options: CapacityOptions
    question: Question
    target: ReadyTarget
    lifeline: Lifeline
    observer: Observer
    folder: Path


def search(options: CapacityOptions, observer: Observer) -> tuple[Path, CapacityRecord]:
    """Make the steps that are still to be made, and return the search's folder and its record.

    Raises BadInputError and UnreachableError before any load, and InterruptedRunError when it is stopped; the
    steps made so far are kept, and ``resume`` goes on after them.
    """
    with Lifeline() as lifeline:
        logs = lifeline.folder("logs")
        observer.step("checking the question")
        question = read_question(options.gate, lifeline, logs)
        _need_open_load(question.slo, options.gate.slo)
        folder, record = _begun(options, question)
        if next_step(record.settings, record.search_steps()) is None:
            return folder, record
        target = ready_target(options.gate, question, lifeline, logs, observer)
        record = record.model_copy(update={"limits": _limits(target, options.share), "build": target.version})
        series = _Series(options, question, target, lifeline, observer, folder)
        while (planned := next_step(record.settings, record.search_steps())) is not None:
            observer.step(announced(record, planned))
            step = _timed(series, record, planned)
            record = _with(record, step)
            write_record(folder, record)
            observer.step(told(record, step))
        return folder, record


def _need_open_load(slo: Slo, path: Path) -> None:
    if slo.load.model is not LoadModel.OPEN:
        cause = "capacity is searched with arrivals, and this load is closed: users who wait hide the cliff"
        raise BadInputError(Problem(cause, str(path), "write load: {model: open, …}"))


def _begun(options: CapacityOptions, question: Question) -> tuple[Path, CapacityRecord]:
    if options.resume is not None:
        record = read_record(options.resume)
        _need_the_same(record, options, question)
        return options.resume, record
    now = datetime.now(UTC)
    folder = options.gate.out / f"{now:%Y%m%dT%H%M%SZ}-capacity-{question.slo.name}"
    record = CapacityRecord(
        slo=question.slo.name,
        objectives=_objectives(question.slo),
        target=_target_name(question),
        started_at=now,
        leagues=None if question.target_url else options.gate.leagues,
        mix=dict(question.slo.load.mix or {}),
        settings=options.settings,
        pace=options.pace,
    )
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        remedy = "name a folder that can be written with --out"
        raise BadInputError(Problem(f"cannot be made: {error.strerror}", str(folder), remedy)) from None
    write_record(folder, record)
    return folder, record


def _need_the_same(record: CapacityRecord, options: CapacityOptions, question: Question) -> None:
    """A search that goes on with another question would mix two answers."""
    place, problems = str(options.resume), []
    if record.objectives != _objectives(question.slo):
        cause = "this search was made for other objectives"
        problems.append(Problem(cause, place, "name the same --slo, or begin anew"))
    if record.target != _target_name(question):
        cause = f"this search was made of {record.target}"
        problems.append(Problem(cause, place, "name the same --target, or begin anew"))
    if problems:
        raise BadInputError(problems)


def _target_name(question: Question) -> str:
    return question.target_url or "the reference platform"


def _objectives(slo: Slo) -> tuple[str, ...]:
    return tuple(objective.name for objective in slo.objectives)


def _limits(target: ReadyTarget, share: float) -> dict[str, float]:
    """The cores that each process of the reference platform may use: the platform itself has one thread."""
    cores = float(os.cpu_count() or 1)
    return {label: share if label == "platform" else cores for label in target.processes}


def _with(record: CapacityRecord, step: StepRecord) -> CapacityRecord:
    return record.model_copy(update={"steps": (*record.steps, step)})


def _timed(series: _Series, record: CapacityRecord, planned: Planned) -> StepRecord:
    """Make a step, after a cool-down where it is to be one."""
    began_s = time.monotonic()
    if planned.purpose is Purpose.RETEST:
        _cool_down(series, record.pace.cool_down_s)
    step = _make(series, record, planned)
    return step.model_copy(update={"took_s": round(time.monotonic() - began_s, 1)})


def _cool_down(series: _Series, length_s: float) -> None:
    """Leave the target alone, so that what fails again does not fail for what was before."""
    series.observer.step(f"leaving the target alone for {length_s:g} s")
    try:
        time.sleep(length_s)
    except KeyboardInterrupt:
        remedy = f"go on with --resume {series.folder}"
        raise InterruptedRunError(Problem("the search was stopped", str(series.folder), remedy)) from None


def _make(series: _Series, record: CapacityRecord, planned: Planned) -> StepRecord:
    """Make one step and judge it."""
    pace, options = record.pace, series.options
    length_s = pace.settle_s + pace.measure_s * (pace.longer if planned.purpose in _LONGER else 1.0)
    slo = step_slo(series.question.slo, planned, settle_s=pace.settle_s, length_s=length_s)
    question = replace(series.question, slo=slo)
    limit_ms = min(slo.limits_ms, default=None)
    guardrail = Guardrail(series.observer, pace.settle_s, limit_ms)
    gate = replace(options.gate, out=series.folder)
    platform = series.target.processes.get("platform")
    with rationed(platform, options.share, applies=lambda: guardrail.loading):
        folder = load_once(gate, question, series.target, series.lifeline, guardrail)
    verdict, _ = judge_run(folder)
    run = read_run(folder)
    stopped = _stopped(run)
    return StepRecord(
        rate=planned.rate,
        purpose=planned.purpose,
        outcome=Decision.FAIL if stopped else verdict.verdict,
        generator_bound=not stopped and verdict.validity.generator_bound,
        binds=binding(verdict) or stopped,
        run=folder.name,
        measured=measured(run, verdict, planned.rate, record.limits),
        recovered_s=_recovered_s(series, record, run, planned, limit_ms),
    )


def _recovered_s(
    series: _Series, record: CapacityRecord, run: Run, planned: Planned, limit_ms: float | None
) -> float | None:
    """How long after the step before, an overload, responses were good again."""
    if planned.purpose is not Purpose.LOWER:
        return None
    before = read_run(series.folder / record.steps[-1].run)
    ended = (event.at_s for event in before.timeline if event.kind is EventKind.LOAD_ENDED)
    ended_s = next(ended, None)
    return None if ended_s is None else recovered_after_s(run, ended_s, limit_ms)


def _stopped(run: Run) -> str:
    told = (event.text for event in run.timeline if event.kind is EventKind.STOPPED)
    return next((text for text in told if "guardrail" in text), "")


def step_slo(slo: Slo, planned: Planned, *, settle_s: float, length_s: float) -> Slo:
    """The same objectives under one constant load; its mix, spacing and seed are kept."""
    yaml = YAML(typ="rt", pure=True)
    document = yaml.load(slo.text)
    load = document["load"]
    users = max(_FEWEST_USERS, min(math.ceil(planned.rate * _JOURNEY_S), _MOST_USERS))
    for key in ("stages", "rate", "duration"):
        load.pop(key, None)
    load["stages"] = [{"hold": f"{length_s:g}s", "rate": f"{planned.rate:.6f}/s"}]
    load["warmup"] = f"{settle_s:g}s"
    load["max_in_flight"] = users
    document["name"] = f"{slo.name}-{planned.purpose}-{planned.rate:.4g}"
    text = io.StringIO()
    yaml.dump(document, text)
    return parse_slo(text.getvalue(), f"{slo.name} at {planned.rate:.4g}/s")
