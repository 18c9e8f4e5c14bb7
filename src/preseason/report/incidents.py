"""Drafts of the operations manual's incident documents, from a run that missed an objective.

What the run knows stands in them, with the moments and figures it recorded. What only people can know (who,
how many users in production, what it cost) is left open between brackets. Nothing is concluded: root causes
are candidates, each with its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import jinja2

from preseason.report import plain, units
from preseason.report.markdown import escaped
from preseason.report.run import endurance, objectives, provenance
from preseason.report.run.answer import headline
from preseason.report.run.findings import evidence_of
from preseason.report.severity import classify, missed
from preseason.run.timeline import EventKind
from preseason.verdict.model import AlertState, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.run.objectives import ObjectiveRow
    from preseason.report.severity import Severity
    from preseason.run.reading import Run
    from preseason.verdict.model import Finding, ObjectiveResult, Verdict

#: Findings that tell of the load or of what was not seen: no cause of anything on the platform.
_NO_CAUSES = {FindingKind.NOT_COLLECTED, FindingKind.GENERATOR_BUSY, FindingKind.GAP, FindingKind.NOTE}
_BLIND = {FindingKind.NOT_COLLECTED, FindingKind.GAP}
#: Findings that tell again what the run's own events tell.
_TOLD_BY_EVENTS = {FindingKind.GAP, FindingKind.FAULT}
_DETECTED = "incident detected: the run ended, and this is its verdict"
_MOST_CANDIDATES = 8
#: A sentence of ours may be longer than a name of somebody else's.
_LONGEST = 400
#: Moments of the run that belong into an incident's timeline.
_TOLD = {
    EventKind.LOAD_STARTED: "the load began",
    EventKind.FAULT: "on purpose",
    EventKind.GAP: "not sampled",
    EventKind.WORKER_LOST: "part of the load was lost",
    EventKind.CLOCK_JUMP: "the clock jumped",
    EventKind.STOPPED: "stopped",
    EventKind.RESUMED: "the load went on",
    EventKind.LOAD_ENDED: "the load ended",
}
#: What users meet, by the beginning of the indicator that was missed.
_ISSUES = {
    "mean": "slow responses",
    "max": "slow responses",
    "errors": "failing requests",
    "availability": "failing requests",
    "rate": "reduced throughput",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline: ``at_s`` in UTC epoch seconds."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may have been the cause, and the figures that speak for it."""

    title: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A run that failed, as an incident. ``blind`` says that something was not sampled."""

    severity: Severity
    why: str
    headline: str
    issue: str
    moments: tuple[Moment, ...]
    candidates: tuple[Candidate, ...]
    missed: tuple[ObjectiveRow, ...]
    silent_alerts: int
    blind: bool


def postmortem(run: Run, verdict: Verdict) -> str:
    """The post-mortem as Markdown; of a run that missed nothing, a sentence that says so."""
    return _render("postmortem", run, verdict)


def status_page(run: Run, verdict: Verdict) -> str:
    """The announcements as Markdown; of a run that missed nothing, a sentence that says so."""
    return _render("status_page", run, verdict)


def incident_of(run: Run, verdict: Verdict) -> Incident | None:
    """None where no required objective was missed."""
    classified = classify(verdict)
    if classified is None:
        return None
    causes = [finding for finding in verdict.findings if finding.kind not in _NO_CAUSES]
    return Incident(
        severity=classified.severity,
        why=classified.why,
        headline=headline(verdict),
        issue=" and ".join(dict.fromkeys(map(_issue, missed(verdict)))),
        moments=tuple(sorted(_moments(run, verdict), key=lambda moment: moment.at_s)),
        candidates=(
            *(Candidate(told, "") for told in endurance.failing(verdict.endurance)),
            *(_candidate(finding) for finding in causes[:_MOST_CANDIDATES]),
        ),
        missed=objectives.rows(missed(verdict)),
        silent_alerts=sum(alert.state is not AlertState.FIRED for alert in verdict.alerts),
        blind=any(finding.kind in _BLIND for finding in verdict.findings),
    )


def _issue(objective: ObjectiveResult) -> str:
    word = objective.indicator.split("(")[0].split(".")[0]
    percentile = word[:1] == "p" and word[1:2].isdigit()
    kind = "slow responses" if percentile else _ISSUES.get(word, "degraded service")
    where = objective.endpoint or objective.scenario
    return f"{kind} in {where}" if where else kind


def _moments(run: Run, verdict: Verdict) -> Iterator[Moment]:
    for event in run.timeline:
        if event.kind in _TOLD:
            yield Moment(event.at_s, _event_text(_TOLD[event.kind], event.source, event.text))
    for alert in verdict.alerts:
        for firing in alert.firings:
            yield Moment(firing.start_s, f"the {alert.level} alert {alert.name} would have fired")
    for finding in verdict.findings:
        if finding.at_s is not None and finding.kind not in _TOLD_BY_EVENTS:
            yield Moment(finding.at_s, finding.title)
    if run.manifest.ended_at is not None:
        yield Moment(run.manifest.ended_at.timestamp(), _DETECTED)


def _event_text(told: str, source: str, text: str) -> str:
    about = f"{told} ({source})" if source else told
    return about if text == told else f"{about}: {text}"


def _candidate(finding: Finding) -> Candidate:
    return Candidate(finding.title, ", ".join(f"{name} {told}" for name, told in evidence_of(finding)))


def _render(name: str, run: Run, verdict: Verdict) -> str:
    template = _environment().get_template(f"incidents/{name}.md.j2")
    valid = verdict.validity.valid
    return template.render(
        run=run,
        verdict=verdict,
        incident=incident_of(run, verdict),
        caveats=tuple(provenance.caveats(run)),
        why_none="no objective was missed" if valid else "an invalid run says nothing about the platform",
    )


@cache
def _environment() -> jinja2.Environment:
    """Templates of Markdown: whatever they insert is foreign until it was made harmless."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("preseason.report"),
        autoescape=False,  # noqa: S701 - Markdown; every expression passes through `finalize`
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: escaped(value, _LONGEST) if isinstance(value, str) else value,
    )
    environment.filters |= {
        "utc": units.utc,
        "duration": units.duration,
        "sentence": plain.sentence,
    }
    return environment
