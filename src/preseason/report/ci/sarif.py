"""``report.sarif``: the objectives as results of an analysis, for whatever reads SARIF 2.1.0 (OASIS).

========================  ===================================================================================
outcome                   becomes
========================  ===================================================================================
PASS                      ``kind`` pass
FAIL                      ``kind`` fail, level error; warning where the objective is advisory
UNDECIDED, NO_DATA,       ``kind`` open: it is not known whether the objective holds
NOT_STEADY
WAIVED                    ``kind`` review, with an accepted suppression
========================  ===================================================================================

Results lie in the run's own copy of the SLO file. Of a run that may not be judged every result is open, the
invocation has failed, and its notifications say why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from preseason.report import plain
from preseason.report.run import objectives
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from preseason.report.run.objectives import ObjectiveRow
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

_KINDS = {Outcome.PASS: "pass", Outcome.FAIL: "fail", Outcome.WAIVED: "review"}
_OPEN = "open"


class _Part(BaseModel):
    """A part of the document; what is None is left out, names are written in camel case."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class _Text(_Part):
    text: str


class _Rule(_Part):
    id: str
    short_description: _Text
    properties: dict[str, str]


class _Artifact(_Part):
    uri: str


class _Physical(_Part):
    artifact_location: _Artifact


class _Location(_Part):
    physical_location: _Physical


class _Suppression(_Part):
    kind: str = "external"
    status: str = "accepted"
    justification: str


class _Result(_Part):
    rule_id: str
    rule_index: int
    kind: str
    level: str
    message: _Text
    locations: tuple[_Location, ...]
    suppressions: tuple[_Suppression, ...] | None = None
    properties: dict[str, Any]


class _Notification(_Part):
    level: str
    message: _Text


class _Invocation(_Part):
    execution_successful: bool
    exit_code: int
    tool_execution_notifications: tuple[_Notification, ...]


class _Driver(_Part):
    name: str = "preseason"
    version: str
    rules: tuple[_Rule, ...]


class _Tool(_Part):
    driver: _Driver


class _Run(_Part):
    tool: _Tool
    invocations: tuple[_Invocation, ...]
    results: tuple[_Result, ...]
    properties: dict[str, str]


class _Log(_Part):
    version: str = "2.1.0"
    runs: tuple[_Run, ...]


_SLO_COPY = (_Location(physical_location=_Physical(artifact_location=_Artifact(uri="slo.yaml"))),)


def render(run: Run, verdict: Verdict) -> str:
    """The document as indented JSON."""
    rows = objectives.rows(verdict.objectives)
    analysis = _Run(
        tool=_Tool(driver=_Driver(version=run.manifest.generator.version, rules=tuple(map(_rule, rows)))),
        invocations=(_invocation(verdict),),
        results=tuple(_result(row, index, verdict) for index, row in enumerate(rows)),
        properties={
            "run": verdict.run,
            "verdict": verdict.verdict,
            "sentence": plain.for_programs(verdict.sentence),
            "target": plain.for_programs(run.manifest.target.url),
        },
    )
    return _Log(runs=(analysis,)).model_dump_json(by_alias=True, exclude_none=True, indent=2) + "\n"


def _rule(row: ObjectiveRow) -> _Rule:
    facts = {
        "indicator": plain.for_programs(row.indicator),
        "severity": row.severity,
        "confidence": row.confidence,
    }
    return _Rule(
        id=plain.for_programs(row.name),
        short_description=_Text(text=plain.for_programs(row.name)),
        properties=facts,
    )


def _invocation(verdict: Verdict) -> _Invocation:
    reasons = tuple(
        _Notification(level="error", message=_Text(text=plain.for_programs(reason)))
        for reason in verdict.validity.reasons
    )
    return _Invocation(
        execution_successful=verdict.validity.valid,
        exit_code=int(verdict.exit_code),
        tool_execution_notifications=reasons,
    )


def _result(row: ObjectiveRow, index: int, verdict: Verdict) -> _Result:
    kind = _KINDS.get(row.outcome, _OPEN) if verdict.validity.valid else _OPEN
    failed = "error" if row.required else "warning"
    waived = row.outcome is Outcome.WAIVED
    return _Result(
        rule_id=plain.for_programs(row.name),
        rule_index=index,
        kind=kind,
        level=failed if kind == "fail" else "none",
        message=_Text(text=plain.for_programs(f"{row.outcome}: {objectives.said(row)}", 1000)),
        locations=_SLO_COPY,
        suppressions=(_Suppression(justification=plain.for_programs(row.reason)),) if waived else None,
        properties={"outcome": row.outcome, "required": row.required},
    )
