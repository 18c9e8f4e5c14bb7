"""Which runs of a history may go: by age and by number, never what is still needed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.campaign.baselines import FILE as BASELINE_FILE
from preseason.campaign.baselines import parse_choice
from preseason.verdict.baseline import unfit
from preseason.verdict.history.comparable import workload_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from preseason.campaign.baselines import BaselineChoice
    from preseason.campaign.history.reading import PastRuns
    from preseason.verdict.history.comparable import PastRun, Workload


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes, oldest first, and what would have gone but for a reason."""

    gone: tuple[PastRun, ...]
    spared: tuple[tuple[PastRun, str], ...]


def prunable(past: PastRuns, *, keep: int | None, before: datetime | None) -> Pruning:
    """The runs beyond the newest ``keep`` that also began before ``before``; None does not ask.

    Baselines stay, and runs that somebody may be at work on. BadInputError where the baseline cannot be read.
    """
    newest = past.runs[len(past.runs) - keep :] if keep else ()
    asked = [run for run in past.runs if run not in newest and (before is None or run.started_at < before)]
    baselines = baseline_folders(past)
    reasons = {run.folder: _why_spared(run, baselines) for run in asked}
    return Pruning(
        gone=tuple(run for run in asked if not reasons[run.folder]),
        spared=tuple((run, reasons[run.folder]) for run in asked if reasons[run.folder]),
    )


def baseline_folders(past: PastRuns) -> frozenset[str]:
    """The folders of the runs that new ones are compared with."""
    content = past.shelf.read([BASELINE_FILE]).get(BASELINE_FILE)
    if content is None:
        return frozenset()
    choice = parse_choice(content, f"{past.shelf.name}/{BASELINE_FILE}")
    return frozenset(choice.runs) | _last(past.runs, choice)


def _last(runs: Sequence[PastRun], choice: BaselineChoice) -> frozenset[str]:
    """Of each workload, as many as are compared with, of those that may serve."""
    if choice.last is None:
        return frozenset()
    fit: defaultdict[Workload, list[str]] = defaultdict(list)
    for run in runs:
        if unfit(run.manifest, run.verdict) is None:
            fit[workload_of(run)].append(run.folder)
    return frozenset(folder for folders in fit.values() for folder in folders[-choice.last :])


def _why_spared(run: PastRun, baselines: frozenset[str]) -> str:
    if run.folder in baselines:
        return "a baseline"
    return f"{run.manifest.status.value}, not finished" if run.is_unfinished else ""
