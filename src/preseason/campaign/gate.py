"""The release gate: one run, from the question to the reports. :func:`gate` is its table of contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.campaign.question import read_question
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.observer import Observer
    from preseason.campaign.options import GateOptions
    from preseason.verdict.model import Verdict


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate leaves behind: the run's folder, the verdict, and the files rendered from it."""

    folder: Path
    verdict: Verdict
    files: tuple[Path, ...]


def gate(options: GateOptions, observer: Observer) -> GateResult:
    """Put a load on a target and judge how it did.

    Raises BadInputError or UnreachableError, with every problem there is, before any load, and
    InterruptedRunError when it is stopped; the run so far is kept.
    """
    with Lifeline() as lifeline:
        logs = lifeline.folder("logs")
        observer.step("checking the question")
        question = read_question(options, lifeline, logs)
        # To import this takes longer than to find that a target does not answer, which is said without it. It
        # is here before the load, so that nothing that changes meanwhile can keep a verdict away.
        from preseason.campaign.judging import judge_run  # noqa: PLC0415
        from preseason.campaign.making import load_once, ready_target  # noqa: PLC0415

        target = ready_target(options, question, lifeline, logs, observer)
        folder = load_once(options, question, target, lifeline, observer)
    observer.step("judging")
    verdict, files = judge_run(folder)
    return GateResult(folder, verdict, files)
