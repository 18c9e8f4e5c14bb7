"""One run made of a target that is ready, from its folder to the manifest of what became of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from preseason.campaign.execution import Execution
from preseason.campaign.guardrails import STOPPED_BY_GUARDRAIL, GuardrailError
from preseason.campaign.holding import holding_run
from preseason.campaign.looking import Looker
from preseason.campaign.manifests import begin_run, finished, first_manifest
from preseason.campaign.plans import plan_of, shortage_of_accounts
from preseason.campaign.target import ReadyTarget, bring_up
from preseason.collectors.health import version_told
from preseason.errors import InterruptedRunError, Problem
from preseason.run.manifest import Manifest, Status
from preseason.run.timeline import Event, EventKind, append_event

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.observer import Observer
    from preseason.campaign.options import GateOptions
    from preseason.campaign.question import Question
    from preseason.lifeline import Lifeline


def ready_target(
    options: GateOptions, question: Question, lifeline: Lifeline, logs: Path, observer: Observer
) -> ReadyTarget:
    """The target that ``options`` name, or the reference platform, started for it."""
    if question.target_url is None:
        return bring_up(options, lifeline, logs, observer)
    return ReadyTarget(
        url=question.target_url,
        kind="remote",
        version=options.platform_version or version_told(question.target_url),
        postgres=options.addresses.postgres,
        redis=options.addresses.redis,
        pgbouncer=options.addresses.pgbouncer,
        users=options.users,
    )


def load_once(
    options: GateOptions, question: Question, target: ReadyTarget, lifeline: Lifeline, observer: Observer
) -> Path:
    """Make one run against a target that is ready, and return its folder."""
    if remark := shortage_of_accounts(question, options):
        observer.step(remark)
    folder = begin_run(options.out, options.slo, question.slo)
    plan = plan_of(folder, options, question, target)
    manifest = first_manifest(options, question, target, plan)
    looker = None if manifest.looks is None else Looker(folder, question.slo, manifest.looks)
    execution = Execution(
        folder, plan, target, lifeline, observer, elsewhere=question.elsewhere, looker=looker
    )
    with holding_run(folder):
        _make_run(folder, manifest, execution)
    return folder


def _make_run(folder: Path, manifest: Manifest, execution: Execution) -> None:
    """Make the run and write the manifest of what became of it, however that ended."""
    status = Status.INTERRUPTED
    try:
        if execution.run():
            status = Status.FINISHED
    except KeyboardInterrupt:
        execution.stop()
        remedy = f"what was recorded is kept: preseason show {folder.name}"
        raise InterruptedRunError(Problem("the run was stopped", str(folder), remedy)) from None
    except GuardrailError as guardrail:
        execution.stop()
        text = f"{STOPPED_BY_GUARDRAIL}: {guardrail}"
        append_event(folder, Event(at_s=time.time(), kind=EventKind.STOPPED, text=text, source="campaign"))
    finally:
        finished(folder, manifest, status, execution.sources)
