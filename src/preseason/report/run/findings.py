"""Findings with their evidence in words: what was noticed, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.run import statement_table
from preseason.slo.model import Unit
from preseason.verdict.model import FindingKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.run.statements import Statement
    from preseason.verdict.model import Finding, Verdict

#: The unit that the end of an evidence's name tells, as everywhere in this code.
_UNITS = {"_ms": Unit.MS, "_bytes": Unit.BYTES, "_per_s": Unit.PER_SECOND}
#: Names of ratios 0-1 begin with one of these words.
_RATIOS = ("share", "hit rate", "hit_rate", "cpu", "ratio")
#: What a figure is in the rest of the run has the same name after this word.
_USUAL = "usual_"
_ABOUT_STATEMENTS = frozenset({FindingKind.HEAVY_STATEMENT, FindingKind.MOVED_STATEMENT})


@dataclass(frozen=True, slots=True)
class Card:
    """One finding; ``statement`` is the SQL it is about, ``when`` its moment or its stretch of time.

    ``seen_with`` names the endpoints that were in trouble then; ``folded`` has the whole statement and its
    plan.
    """

    title: str
    subject: str
    when: str
    seen_with: str
    statement: str
    folded: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, str], ...]


def cards(verdict: Verdict, statements: Mapping[str, Statement]) -> tuple[Card, ...]:
    """In the verdict's order; ``statements`` by query id."""
    return tuple(_card(finding, statements) for finding in verdict.findings)


def evidence_of(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Name and figure, both for people: ``("p95", "547 ms")`` from ``p95_ms``."""
    if finding.kind is not FindingKind.STATEMENTS_OF_ENDPOINT:
        return tuple(_told(name, value) for name, value in finding.evidence.items())
    ids = list(dict.fromkeys(of[2] for name in finding.evidence if (of := name.rpartition(" of "))[1]))
    return tuple(_told(_numbered(name, ids), value) for name, value in finding.evidence.items())


def _numbered(name: str, ids: Sequence[str]) -> str:
    """The name with the number of a statement, in the order of the finding's title, in place of its id."""
    what, of, queryid = name.rpartition(" of ")
    return f"{what} of statement {ids.index(queryid) + 1}" if of else name


def _card(finding: Finding, statements: Mapping[str, Statement]) -> Card:
    known = statements.get(finding.subject) if finding.kind in _ABOUT_STATEMENTS else None
    themselves = finding.kind is FindingKind.EPISODE or finding.coincides_with == (finding.subject,)
    return Card(
        title=finding.title,
        subject="" if finding.subject in finding.title else finding.subject,
        when=_when(finding),
        seen_with="" if themselves else ", ".join(finding.coincides_with),
        statement=known.text if known else "",
        folded=statement_table.folded(known.text, known.plan) if known else (),
        evidence=evidence_of(finding),
    )


def _when(finding: Finding) -> str:
    if finding.at_s is None:
        return ""
    lasted = "" if finding.until_s is None else f", for {units.duration(finding.until_s - finding.at_s)}"
    return f"{units.utc(finding.at_s)}{lasted}"


def _told(name: str, value: str | float | None) -> tuple[str, str]:
    suffix = next((suffix for suffix in _UNITS if name.endswith(suffix)), "")
    label = name.removesuffix(suffix).replace("_", " ")
    if isinstance(value, str):
        return label, value
    ratio = isinstance(value, float) and name.removeprefix(_USUAL).startswith(_RATIOS)
    return label, units.quantity(value, _UNITS.get(suffix, Unit.RATIO if ratio else Unit.COUNT))
