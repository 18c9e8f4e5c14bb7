"""Findings with their evidence in words: what was noticed, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.slo.model import Unit
from preseason.verdict.model import FindingKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.verdict.model import Finding, Verdict

#: The unit that the end of an evidence's name tells, as everywhere in this code.
_UNITS = {"_ms": Unit.MS, "_bytes": Unit.BYTES, "_per_s": Unit.PER_SECOND}
#: Names of ratios 0-1 begin with one of these words.
_RATIOS = ("share", "hit rate", "hit_rate", "cpu", "ratio")


@dataclass(frozen=True, slots=True)
class Card:
    """One finding; ``statement`` is the SQL it is about, ``when`` its moment or its stretch of time."""

    title: str
    subject: str
    when: str
    statement: str
    evidence: tuple[tuple[str, str], ...]


def cards(verdict: Verdict, statements: Mapping[str, str]) -> tuple[Card, ...]:
    """In the verdict's order; ``statements`` are texts by query id."""
    return tuple(_card(finding, statements) for finding in verdict.findings)


def evidence_of(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Name and figure, both for people: ``("p95", "547 ms")`` from ``p95_ms``."""
    return tuple(_told(name, value) for name, value in finding.evidence.items())


def _card(finding: Finding, statements: Mapping[str, str]) -> Card:
    about_statement = finding.kind is FindingKind.HEAVY_STATEMENT
    return Card(
        title=finding.title,
        subject="" if finding.subject in finding.title else finding.subject,
        when=_when(finding),
        statement=statements.get(finding.subject, "") if about_statement else "",
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
    ratio = isinstance(value, float) and name.startswith(_RATIOS)
    return label, units.quantity(value, _UNITS.get(suffix, Unit.RATIO if ratio else Unit.COUNT))
