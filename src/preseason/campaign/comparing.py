"""Compares two runs that are on disk; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.campaign.judging import own_slo
from preseason.errors import BadInputError, Problem
from preseason.run.reading import read_run
from preseason.verdict.baseline import differences
from preseason.verdict.comparison import compare
from preseason.verdict.evidence import evidence_of
from preseason.verdict.validity import validity_of

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.verdict.comparison import Margins
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import BaselineComparison


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed, and what of the two runs was compared."""

    found: BaselineComparison
    before: Evidence
    after: Evidence


def compare_runs(before: Path, after: Path, margins: Margins) -> Compared:
    """What changed from one run to the other.

    Raises BadInputError, with every problem, where something else than the platform differs or a run says
    nothing about its target.
    """
    if before.resolve() == after.resolve():
        cause = "both are the same run, which differs from itself by nothing"
        raise BadInputError(Problem(cause, str(before), "name two runs: preseason compare BEFORE AFTER"))
    old, new = read_run(before), read_run(after)
    problems = list(differences(old.manifest, new.manifest))
    evidence = [_evidence(folder, problems) for folder in (before, after)]
    if problems:
        raise BadInputError(problems)
    first, second = (one for one in evidence if one is not None)
    return Compared(compare([first], second, margins), first, second)


def _evidence(folder: Path, problems: list[Problem]) -> Evidence | None:
    run, slo = read_run(folder), own_slo(folder)
    evidence = evidence_of(run, run.manifest.warmup_s if slo.load.warmup_s is None else slo.load.warmup_s)
    reasons = validity_of(run, evidence, slo).reasons if evidence else ("it ended before its load began",)
    problems += [
        Problem(f"this run says nothing about its target: {reason}", run.manifest.run_id, "make it again")
        for reason in reasons
    ]
    return evidence
