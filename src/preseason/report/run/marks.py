"""What is marked on the time axis: stretches that are not judged, gaps, moments, findings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.charts.model import Band
from preseason.run.timeline import EventKind
from preseason.verdict.model import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from preseason.report.charts.axes import TimeAxis
    from preseason.run.reading import Run
    from preseason.run.timeline import Event
    from preseason.verdict.model import Finding, Verdict

#: More than these fill the page and tell nothing.
_MOST_MARKS = 20
_MOST_FINDINGS = 6
_WARMUP = "warm-up, not judged"
_AFTER = "after the load; answers to it still count"
_MOMENTS = frozenset({EventKind.FAULT, EventKind.WORKER_LOST, EventKind.CLOCK_JUMP, EventKind.STOPPED})
#: Findings that tell again what the timeline tells, or when something was that has no moment.
_TOLD_BY_EVENTS = frozenset({FindingKind.GAP, FindingKind.NOTE})


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn across the charts, in words; ``since_s`` is its place on the axis.

    One mark stands for all that happened with the same words; ``clock`` tells the first of them.
    """

    kind: str
    since_s: float
    clock: str
    text: str


def marks_of(run: Run, verdict: Verdict, axis: TimeAxis) -> tuple[Mark, ...]:
    """All that is marked, with its words."""
    bands = (Mark(band.kind, band.start, "", band.label) for band in unjudged(verdict, axis))
    events = tuple(_event_marks(run, axis))
    told = {mark.since_s for mark in events if mark.kind == "moment"}
    findings = (mark for mark in _finding_marks(verdict, axis) if mark.since_s not in told)
    return (*bands, *events, *findings)


def unjudged(verdict: Verdict, axis: TimeAxis) -> tuple[Band, ...]:
    """The stretches before and after what was judged, unless too short to be seen."""
    if verdict.window is None:
        return ()
    start, end = axis.since(verdict.window.start_s), axis.since(verdict.window.end_s)
    bands = (Band("warmup", 0.0, start, _WARMUP), Band("after", end, axis.length_s, _AFTER))
    return tuple(band for band in bands if band.end - band.start > axis.length_s / 500)


def _event_marks(run: Run, axis: TimeAxis) -> Iterator[Mark]:
    """Gaps and moments in the order they came; of very many, the first ones."""
    telling = [event for event in run.timeline if event.kind in _MOMENTS or event.kind is EventKind.GAP]
    for number, (words, events) in enumerate(_by_words(telling).items()):
        if number == _MOST_MARKS:
            return
        kind = "gap" if events[0].kind is EventKind.GAP else "moment"
        often = f" ({len(events)} times)" if len(events) > 1 else ""
        for place, event in enumerate(events if kind == "moment" else events[:1]):
            yield _mark(kind, event.at_s, f"{words}{often}" if place == 0 else "", axis)


def _by_words(events: Iterable[Event]) -> dict[str, list[Event]]:
    grouped: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        gap = event.kind is EventKind.GAP
        words = f"{event.source or 'run'} not sampled: {event.text}" if gap else event.text
        grouped[plain.short(words, 120)].append(event)
    return grouped


def _finding_marks(verdict: Verdict, axis: TimeAxis) -> Iterator[Mark]:
    """The moments within the load of the first findings, one after the other; one mark for all of one."""
    at_moment: defaultdict[float, list[Finding]] = defaultdict(list)
    for finding in verdict.findings:
        if finding.at_s is not None and _has_moment(finding, axis):
            at_moment[finding.at_s].append(finding)
    for at_s, (first, *others) in sorted(list(at_moment.items())[:_MOST_FINDINGS]):
        more = f", and {len(others)} more of the findings below" if others else ""
        title = first.title.partition("; ")[0]
        yield _mark("finding", at_s, f"{plain.short(title, 120)}{more}", axis)


def _has_moment(finding: Finding, axis: TimeAxis) -> bool:
    within = finding.at_s is not None and axis.start_s < finding.at_s < axis.end_s
    return within and finding.kind not in _TOLD_BY_EVENTS


def _mark(kind: str, at_s: float, text: str, axis: TimeAxis) -> Mark:
    since_s = axis.since(at_s)
    return Mark(kind, since_s, units.clock(since_s), text)
