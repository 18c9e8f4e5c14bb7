"""Findings with their evidence in words: what was noticed, and the figures behind it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.rendering import Pointer
from preseason.report.run import endurance, statement_table
from preseason.slo.model import Unit
from preseason.verdict.model import Decision, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from preseason.report.charts.axes import TimeAxis
    from preseason.run.statements import Statement
    from preseason.verdict.model import Finding, Verdict

#: The unit that the end of an evidence's name tells, as everywhere in this code.
_UNITS = {"_ms": Unit.MS, "_bytes": Unit.BYTES, "_per_s": Unit.PER_SECOND}
#: Names of ratios 0-1 begin with one of these words.
_RATIOS = ("share", "hit rate", "hit_rate", "cpu", "ratio", "busy")
#: Names that say too little without the code they are from.
_LABELS = {
    "exec": "time in all",
    "used by others": "processors used by others",
    "cpu": "CPU",
    "usual cpu": "usual CPU",
}
#: Findings that are told in the first place: what the reader sees before scrolling.
_MOST_TOLD_FIRST = 3
#: What no reader looks for first: what was done on purpose is said anyway, and a note is about the test.
_NOT_TOLD_FIRST = frozenset({FindingKind.FAULT, FindingKind.NOTE, FindingKind.GAP, FindingKind.NOT_COLLECTED})
#: What a figure is in the rest of the run has the same name after this word.
_USUAL = "usual_"
_ABOUT_STATEMENTS = frozenset({FindingKind.HEAVY_STATEMENT, FindingKind.MOVED_STATEMENT})


@dataclass(frozen=True, slots=True)
class Card:
    """One finding; ``statement`` is the SQL it is about, ``when`` its moment or its stretch of time.

    ``key`` is its anchor on the page. ``seen_with`` names the endpoints that were in trouble then; ``folded``
    has the whole statement and its plan.
    """

    key: str
    title: str
    subject: str
    when: str
    seen_with: str
    statement: str
    folded: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, str], ...]


def cards(
    verdict: Verdict, statements: Mapping[str, Statement], axis: TimeAxis | None = None
) -> tuple[Card, ...]:
    """In the verdict's order; ``statements`` by query id. On the charts' ``axis``, moments have a clock."""
    return tuple(
        _card(_key(place), finding, statements, axis) for place, finding in enumerate(verdict.findings)
    )


def first(verdict: Verdict) -> tuple[Pointer, ...]:
    """What stood out in a valid run that did not pass: sentences, each with its anchor, and how many more.

    What fails a soak comes before any finding.
    """
    if verdict.verdict not in {Decision.FAIL, Decision.UNDECIDED} or not verdict.validity.valid:
        return ()
    creeping = [Pointer("hours", told) for told in endurance.failing(verdict.endurance)]
    telling = [
        Pointer(_key(place), finding.title)
        for place, finding in enumerate(verdict.findings)
        if finding.kind not in _NOT_TOLD_FIRST
    ][: max(0, _MOST_TOLD_FIRST - len(creeping))]
    others = len(verdict.findings) - len(telling)
    more = f"{others} more {'finding' if others == 1 else 'findings'}"
    told = (*creeping, *telling)
    return (*told, Pointer("findings", f"and {more}")) if told and others else told


def _key(place: int) -> str:
    return f"finding-{place + 1}"


def evidence_of(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Name and figure, both for people: ``("p95", "547 ms")`` from ``p95_ms``."""
    told = tuple(_told(name, value) for name, value in finding.evidence.items())
    return tuple(_by_statement(told)) if finding.kind is FindingKind.STATEMENTS_OF_ENDPOINT else told


def _by_statement(told: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The figures of each statement in one, which has its number in the finding's title instead of its id."""
    figures: defaultdict[str, list[str]] = defaultdict(list)
    for name, figure in told:
        what, of, queryid = name.rpartition(" of ")
        if of:
            figures[queryid].append(f"{what} {figure}")
        else:
            yield name, figure
    for number, each in enumerate(figures.values(), 1):
        yield f"statement {number}", ", ".join(each)


def _card(key: str, finding: Finding, statements: Mapping[str, Statement], axis: TimeAxis | None) -> Card:
    known = statements.get(finding.subject) if finding.kind in _ABOUT_STATEMENTS else None
    themselves = finding.kind is FindingKind.EPISODE or finding.coincides_with == (finding.subject,)
    return Card(
        key=key,
        title=finding.title,
        subject=_subject(finding),
        when=_when(finding, axis),
        seen_with="" if themselves else ", ".join(finding.coincides_with),
        statement=known.text if known else "",
        folded=statement_table.folded(known.text, known.plan) if known else (),
        evidence=evidence_of(finding),
    )


def _subject(finding: Finding) -> str:
    """What it is about, where the title does not say so."""
    if finding.subject in finding.title or finding.kind is FindingKind.PRESSURE:
        return ""
    return f"statement {finding.subject}" if finding.kind in _ABOUT_STATEMENTS else finding.subject


def _when(finding: Finding, axis: TimeAxis | None) -> str:
    """``0:20 in the charts, 2026-11-24 15:46:34 UTC, for 50 s``."""
    if finding.at_s is None:
        return ""
    within = axis is not None and axis.start_s <= finding.at_s <= axis.end_s
    clock = f"{units.clock(axis.since(finding.at_s))} in the charts, " if axis and within else ""
    lasted_s = (finding.until_s or finding.at_s) - finding.at_s
    lasted = f", for {units.duration(lasted_s)}" if lasted_s > 0 else ""
    return f"{clock}{units.utc(finding.at_s)}{lasted}"


def _told(name: str, value: str | float | None) -> tuple[str, str]:
    suffix = next((suffix for suffix in _UNITS if name.endswith(suffix)), "")
    label = name.removesuffix(suffix).replace("_", " ")
    label = _LABELS.get(label, label)
    if isinstance(value, str):
        return label, value
    ratio = isinstance(value, float) and name.removeprefix(_USUAL).startswith(_RATIOS)
    return label, units.quantity(value, _UNITS.get(suffix, Unit.RATIO if ratio else Unit.COUNT))
