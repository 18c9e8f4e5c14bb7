"""The soak: a gate made for hours. :func:`soak` begins one, :func:`resume` goes on with one."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preseason.campaign.gate import GateResult
from preseason.campaign.holding import holding_run, holding_target
from preseason.campaign.judging import SLO_FILE, judge_run, own_slo
from preseason.campaign.listeners import processes_here
from preseason.campaign.looking import Looker
from preseason.campaign.making import ready_target
from preseason.campaign.manifests import begin_run, finished, first_manifest
from preseason.campaign.plans import plan_of
from preseason.campaign.question import read_question
from preseason.campaign.soak.execution import SoakExecution
from preseason.campaign.soak.finding import has_ended, need_verdict
from preseason.campaign.soak.length import RESERVE_S, length_s, stretched
from preseason.campaign.soak.record import SoakRecord, read_record, write_record
from preseason.campaign.soak.reserve import Reserve
from preseason.campaign.soak.state import close, is_over, latest_s, status_of, why_broken_off
from preseason.errors import InterruptedRunError, Problem
from preseason.lifeline import Lifeline
from preseason.run.manifest import Manifest, Soak, Status, read_manifest, write_manifest
from preseason.run.timeline import Event, EventKind, append_event

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.observer import Observer
    from preseason.campaign.options import Addresses, GateOptions
    from preseason.campaign.question import Question
    from preseason.campaign.target import ReadyTarget
    from preseason.traffic.plan import Plan

#: Journeys under way when the load ends may take this long: somebody who polls stays for two minutes.
DRAIN_S = 150.0


@dataclass(frozen=True, slots=True)
class SoakOptions:
    """A soak. ``duration_s`` None is as long as the SLO file says; ``deadline`` is when a verdict is due."""

    gate: GateOptions
    soak: Soak
    duration_s: float | None = None
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Making:
    """A run that is being made, and with what."""

    folder: Path
    manifest: Manifest
    plan: Plan
    target: ReadyTarget
    question: Question
    lifeline: Lifeline
    observer: Observer
    gate: GateOptions

    def processes(self) -> dict[str, int]:
        """The target's processes on this machine as they are now: they may have been restarted."""
        if self.target.kind == "embedded":
            return self.target.processes
        return processes_here(self.gate.addresses, self.target.url)


def soak(options: SoakOptions, observer: Observer) -> GateResult:
    """Load a target for hours, whatever happens meanwhile, and judge how it did.

    Raises BadInputError or UnreachableError before any load, and InterruptedRunError when it is stopped; the
    run so far is kept, and :func:`resume` goes on with it.
    """
    gate, around = options.gate, options.soak
    with Lifeline() as lifeline, ExitStack() as holds:
        logs = lifeline.folder("logs")
        observer.step("checking the question")
        question = read_question(gate, lifeline, logs)
        if question.target_url is not None:
            holds.enter_context(holding_target(question.target_url, f"a soak for {gate.slo.stem}"))
        planned_s = options.duration_s or question.slo.load.duration_s
        lasts_s = length_s(
            planned_s, options.deadline, datetime.now(UTC), around.rest_s + around.cool_down_s + DRAIN_S
        )
        question = replace(question, slo=stretched(question.slo, lasts_s, gate.slo))
        target = _ready_target(gate, question, lifeline, logs, observer)
        folder = begin_run(gate.out, gate.slo, question.slo)
        holds.enter_context(holding_run(folder))
        write_record(folder, SoakRecord.of(gate, question.target_url, _load_ends_at(options)))
        plan = _plan(folder, gate, question, target)
        manifest = first_manifest(gate, question, target, plan, around)
        _make(_Making(folder, manifest, plan, target, question, lifeline, observer, gate))
    return _judged(folder, observer)


def resume(folder: Path, addresses: Addresses, observer: Observer) -> GateResult:
    """Go on with a soak that was broken off, on its own schedule, and judge it.

    ``addresses`` holds the addresses that a run does not keep. BadInputError where the run is no soak, has
    ended, or is being worked on; else as :func:`soak`.
    """
    with holding_run(folder):
        record, manifest = read_record(folder), read_manifest(folder)
        if has_ended(folder, manifest):
            need_verdict(folder)
            if manifest.ended_at is None:  # a guardrail had ended the load, and nobody could write that down
                finished(folder, manifest, Status.INTERRUPTED, manifest.sources)
            return _judged(folder, observer)
        gate = record.options(folder / SLO_FILE, folder.parent, addresses)
        gone_on = manifest.model_copy(update={"status": Status.RESUMED, "ended_at": None})
        if is_over(folder, manifest, record):
            close(folder, gone_on)
        else:
            _go_on(folder, gone_on, gate, record, observer)
    return _judged(folder, observer)


def _go_on(
    folder: Path, manifest: Manifest, gate: GateOptions, record: SoakRecord, observer: Observer
) -> None:
    """Make what is left of the schedule."""
    with Lifeline() as lifeline, ExitStack() as holds:
        logs = lifeline.folder("logs")
        observer.step(f"going on with {folder.name}")
        question = replace(read_question(gate, lifeline, logs), slo=own_slo(folder))
        if question.target_url is not None:
            holds.enter_context(holding_target(question.target_url, f"run {folder.name}"))
        reason = why_broken_off(folder, manifest)
        target = _ready_target(gate, question, lifeline, logs, observer)
        if target.kind == "embedded":
            text = "the reference platform and its servers were started anew: the former ended with their run"
            append_event(folder, Event(at_s=time.time(), kind=EventKind.NOTE, text=text, source="campaign"))
        write_manifest(folder, manifest)
        plan = _plan(folder, gate, question, target)
        making = _Making(folder, manifest, plan, target, question, lifeline, observer, gate)
        _make(making, broken_off=reason, ends_s=latest_s(record))


def _ready_target(
    gate: GateOptions, question: Question, lifeline: Lifeline, logs: Path, observer: Observer
) -> ReadyTarget:
    """The target; of one that is on this machine, its processes are sampled too, for what they hold."""
    target = ready_target(gate, question, lifeline, logs, observer)
    if target.kind != "remote":
        return target
    return replace(target, processes=processes_here(gate.addresses, target.url))


def _plan(folder: Path, gate: GateOptions, question: Question, target: ReadyTarget) -> Plan:
    plan = plan_of(folder, gate, question, target)
    return plan.model_copy(update={"is_revived": True, "drain_timeout_s": DRAIN_S})


def _make(making: _Making, broken_off: str = "", ends_s: float | None = None) -> None:
    """Make the run, or the rest of it, and write the manifest of what became of it."""
    folder, status = making.folder, Status.INTERRUPTED
    soak = making.manifest.soak or Soak(rest_s=0, cool_down_s=0, horizon_s=0)
    looks = making.manifest.looks
    with Reserve(folder) as reserve:
        execution = SoakExecution(
            folder,
            making.plan,
            making.target,
            making.lifeline,
            making.observer,
            elsewhere=making.question.elsewhere,
            looker=None if looks is None else Looker(folder, making.question.slo, looks),
        ).configure(
            soak, reserve.release, find_processes=making.processes, broken_off=broken_off, ends_s=ends_s
        )
        try:
            if execution.run():
                status = status_of(folder)
        except KeyboardInterrupt:
            execution.stop()
            remedy = (
                f"go on with it: preseason resume {folder.name}; or judge it: preseason judge {folder.name}"
            )
            raise InterruptedRunError(Problem("the soak was stopped", str(folder), remedy)) from None
        finally:
            reserve.release()
            finished(folder, making.manifest, status, execution.sources)


def _load_ends_at(options: SoakOptions) -> datetime | None:
    if options.deadline is None:
        return None
    return datetime.fromtimestamp(
        options.deadline.timestamp() - RESERVE_S / 2 - options.soak.cool_down_s, tz=UTC
    )


def _judged(folder: Path, observer: Observer) -> GateResult:
    observer.step("judging")
    verdict, files = judge_run(folder)
    return GateResult(folder, verdict, files)
