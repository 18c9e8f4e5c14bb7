"""The verdict on a run: a pure function of the run and the objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import ExitCode, worst
from preseason.run.manifest import Status
from preseason.run.timeline import EventKind
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.alerts import alerts_of
from preseason.verdict.budget import budgets_of
from preseason.verdict.comparison import compare
from preseason.verdict.evidence import NO_BASELINE, evidence_of
from preseason.verdict.family import judge_objectives
from preseason.verdict.findings import findings_of
from preseason.verdict.model import Decision, Finding, FindingKind, Outcome, Verdict
from preseason.verdict.validity import validity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.run.reading import Run
    from preseason.slo.alert_model import AlertPolicy
    from preseason.slo.model import Slo
    from preseason.verdict.evidence import Baseline, Evidence
    from preseason.verdict.model import ObjectiveResult, Validity

_CODES = {
    Outcome.PASS: ExitCode.PASS,
    Outcome.FAIL: ExitCode.FAILED,
    Outcome.UNDECIDED: ExitCode.UNDECIDED,
    Outcome.NO_DATA: ExitCode.UNDECIDED,
    Outcome.NOT_STEADY: ExitCode.UNDECIDED,
}
_DECISIONS = {
    ExitCode.PASS: Decision.PASS,
    ExitCode.FAILED: Decision.FAIL,
    ExitCode.UNDECIDED: Decision.UNDECIDED,
    ExitCode.INVALID: Decision.INVALID,
}
#: What these note in the timeline is about the run; what collectors note is about the target.
_OUR_PARTS = {"generator", "collectors"}


def judge(run: Run, slo: Slo, alerts: AlertPolicy | None = None, baseline: Baseline = NO_BASELINE) -> Verdict:
    """Judge every objective of ``slo`` on ``run``, which need not have been made for it.

    ``alerts`` are asked as well, and decide nothing; neither do error budgets, nor what changed against the
    ``baseline`` beside the objectives that speak of it.
    """
    warmup_s = run.manifest.warmup_s if slo.load.warmup_s is None else slo.load.warmup_s
    evidence = evidence_of(run, warmup_s, baseline)
    results = judge_objectives(slo.objectives, evidence)
    validity = validity_of(run, evidence, slo)
    code = exit_code(validity, results)
    judged = list(zip(slo.objectives, results, strict=True))
    return Verdict(
        run=run.manifest.run_id,
        slo=slo.name,
        verdict=_DECISIONS[code],
        exit_code=code,
        sentence=sentence(validity, results, evidence),
        window=None if evidence is None else evidence.window,
        validity=validity,
        objectives=results,
        findings=(*_about_the_run(run, slo), *(findings_of(evidence, judged) if evidence else ())),
        alerts=alerts_of(alerts, evidence, slo.objectives),
        budgets=budgets_of(judged),
        comparison=compare(evidence.baseline, evidence) if evidence and evidence.baseline else None,
    )


def exit_code(validity: Validity, results: Sequence[ObjectiveResult]) -> ExitCode:
    """INVALID before FAILED before UNDECIDED before PASS; with nothing required left to judge, UNDECIDED."""
    if not validity.valid:
        return ExitCode.INVALID
    required = (result for result in results if result.required and result.outcome is not Outcome.WAIVED)
    return worst(_CODES[result.outcome] for result in required)


def sentence(validity: Validity, results: Sequence[ObjectiveResult], evidence: Evidence | None) -> str:
    """The verdict in a sentence or two that need no knowledge of statistics."""
    if not validity.valid:
        return f"This run says nothing about the platform: {'; '.join(validity.reasons)}."
    if evidence is None:
        return "Nothing was judged: the run ended before its load began."
    required = [result for result in results if result.required and result.outcome is not Outcome.WAIVED]
    failed = [result for result in required if result.outcome is Outcome.FAIL]
    open_ends = [result for result in required if result.outcome not in {Outcome.PASS, Outcome.FAIL}]
    if failed:
        return _failed(failed, len(required))
    if open_ends or not required:
        return _undecided(open_ends, len(required))
    requests = wording.count(evidence.requests.total)
    length = wording.duration(evidence.judged.length_s)
    confidence = wording.percent(min(result.confidence for result in required))
    what = "The objective holds" if len(required) == 1 else f"All {len(required)} objectives hold"
    return f"{what}, each with {confidence} confidence, over {length} and {requests} requests."


def _failed(failed: Sequence[ObjectiveResult], required: int) -> str:
    worst_ones = "; ".join(f"{result.name} ({measured(result)})" for result in failed[:3])
    more = f", and {len(failed) - 3} more" if len(failed) > 3 else ""  # noqa: PLR2004 - as many as are named
    verb = "is" if len(failed) == 1 else "are"
    return f"{len(failed)} of {required} objectives {verb} missed: {worst_ones}{more}."


def _undecided(open_ends: Sequence[ObjectiveResult], required: int) -> str:
    if not required:
        return "Nothing was decided: every objective is waived or advisory."
    first = open_ends[0]
    needs = f" It needs {first.needs}." if first.needs else ""
    count = f"{len(open_ends)} of {required} objectives could not be decided"
    return f"Nothing failed, but {count}: {first.name}, {first.reason}.{needs}"


def measured(result: ObjectiveResult) -> str:
    """What was measured, for a sentence: ``measured 340 ms``."""
    if result.point is None:
        return result.reason
    return f"measured {wording.in_unit(result.point, Unit(result.unit))}"


def _about_the_run(run: Run, slo: Slo) -> tuple[Finding, ...]:
    """What a reader must know before the outcomes are taken at their word."""
    notes = [e.text for e in run.timeline if e.kind is EventKind.NOTE and e.source in _OUR_PARTS]
    if run.manifest.status is not Status.FINISHED:
        notes.append(
            f"the run is {run.manifest.status.value}, not finished: only what it had recorded is judged"
        )
    if run.manifest.stages != slo.load.stages:
        notes.append(f"the run was made under another load than {slo.name} asks for")
    return tuple(Finding(kind=FindingKind.NOTE, title=note) for note in notes)
