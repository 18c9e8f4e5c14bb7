"""The verdict on a run: a pure function of the run and the objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import ExitCode, worst
from preseason.run.timeline import EventKind
from preseason.verdict.alerts import alerts_of
from preseason.verdict.budget import budgets_of
from preseason.verdict.comparison import compare
from preseason.verdict.endurance.judging import endurance_of
from preseason.verdict.evidence import NO_BASELINE, evidence_of
from preseason.verdict.family import judge_objectives
from preseason.verdict.findings.noticing import findings_of
from preseason.verdict.looking import judge_over_looks
from preseason.verdict.model import Decision, Finding, FindingKind, Outcome, Verdict
from preseason.verdict.sentence import about_looks, sentence
from preseason.verdict.validity import validity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.run.manifest import Manifest
    from preseason.run.reading import Run
    from preseason.slo.alerts.model import AlertPolicy
    from preseason.slo.model import Load, Slo
    from preseason.verdict.evidence import Baseline, Evidence
    from preseason.verdict.model import LooksTaken, ObjectiveResult, Validity

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
    results, looks = _results(run, slo, evidence)
    judged = list(zip(slo.objectives, results, strict=True))
    endurance, of_hours = endurance_of(evidence, slo.objectives) if evidence else (None, ())
    results = (*results, *of_hours)
    validity = validity_of(run, evidence, slo)
    code = exit_code(validity, results)
    return Verdict(
        run=run.manifest.run_id,
        slo=slo.name,
        verdict=_DECISIONS[code],
        exit_code=code,
        sentence=" ".join(
            [sentence(validity, results, evidence, _asked(slo)), *about_looks(looks, evidence)]
        ),
        window=None if evidence is None else evidence.window,
        validity=validity,
        objectives=results,
        findings=(*_about_the_run(run, slo), *(findings_of(evidence, judged) if evidence else ())),
        alerts=alerts_of(alerts, evidence, slo.objectives),
        budgets=budgets_of(judged),
        comparison=compare(evidence.baseline, evidence) if evidence and evidence.baseline else None,
        looks=looks,
        endurance=endurance,
    )


def _results(
    run: Run, slo: Slo, evidence: Evidence | None
) -> tuple[tuple[ObjectiveResult, ...], LooksTaken | None]:
    if run.manifest.looks is None or evidence is None:
        return judge_objectives(slo.objectives, evidence), None
    return judge_over_looks(slo.objectives, evidence, run.manifest.looks)


def _asked(slo: Slo) -> float:
    """The least confidence among those that decide."""
    return min(
        (one.confidence for one in slo.objectives if one.required and one.waiver is None), default=0.95
    )


def exit_code(validity: Validity, results: Sequence[ObjectiveResult]) -> ExitCode:
    """INVALID before FAILED before UNDECIDED before PASS; with nothing required left to judge, UNDECIDED."""
    if not validity.valid:
        return ExitCode.INVALID
    required = (result for result in results if result.required and result.outcome is not Outcome.WAIVED)
    return worst(_CODES[result.outcome] for result in required)


def _about_the_run(run: Run, slo: Slo) -> tuple[Finding, ...]:
    """What a reader must know before the outcomes are taken at their word."""
    notes = [e.text for e in run.timeline if e.kind is EventKind.NOTE and e.source in _OUR_PARTS]
    if not run.manifest.is_complete:
        state = "was killed" if run.is_abandoned else f"is {run.manifest.status.value}, not finished"
        notes.append(f"the run {state}: only what it had recorded is judged")
    if not _same_load(run.manifest, slo.load):
        notes.append(f"the run was made under another load than {slo.name} asks for")
    return tuple(Finding(kind=FindingKind.NOTE, title=note) for note in notes)


def _same_load(made: Manifest, load: Load) -> bool:
    """A run until it was decided may have had another longest time: that changes its last stage alone."""
    if made.looks is None or not made.looks.decide_s:
        return made.stages == load.stages
    last = load.stages[-1].model_copy(update={"end_s": made.stages[-1].end_s})
    return made.stages == (*load.stages[:-1], last)
