"""``junit.xml``: one test case an objective, for whatever reads test results.

========================  =============================================================================
outcome                   becomes
========================  =============================================================================
PASS                      a test that passed
FAIL                      a failure
UNDECIDED, NO_DATA,       an error: it is not known whether the objective holds, and no pass may be read
NOT_STEADY                into that
WAIVED                    skipped, with the reason
========================  =============================================================================

An advisory objective cannot turn the pipeline red: what is not a pass is skipped. A run that may
not be judged adds an error of its own, as does a verdict without any objective.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from preseason.report import plain, units
from preseason.report.run import objectives
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.verdict.model import ObjectiveResult, Verdict

_ELEMENTS = {
    Outcome.FAIL: "failure",
    Outcome.UNDECIDED: "error",
    Outcome.NO_DATA: "error",
    Outcome.NOT_STEADY: "error",
    Outcome.WAIVED: "skipped",
}


def render(run: Run, verdict: Verdict) -> str:
    """The test suite as XML with a declaration."""
    suite = ET.Element("testsuite", _attributes(name=f"preseason.{verdict.slo}"))
    suite.set("timestamp", f"{run.manifest.started_at:%Y-%m-%dT%H:%M:%S}")
    _properties(suite, run, verdict)
    for objective in verdict.objectives:
        _case(suite, verdict, objective)
    if not verdict.validity.valid or not verdict.objectives:
        _unjudged_case(suite, verdict)
    _count(suite)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _properties(suite: ET.Element, run: Run, verdict: Verdict) -> None:
    told = {
        "run": verdict.run,
        "verdict": verdict.verdict,
        "exit_code": str(int(verdict.exit_code)),
        "sentence": verdict.sentence,
        "target": run.manifest.target.url,
        "workload_hash": run.manifest.workload_hash,
    }
    properties = ET.SubElement(suite, "properties")
    for name, value in told.items():
        ET.SubElement(properties, "property", _attributes(name=name, value=value))


def _case(suite: ET.Element, verdict: Verdict, objective: ObjectiveResult) -> None:
    window = verdict.window
    seconds = window.end_s - window.start_s if window else 0.0
    case = ET.SubElement(
        suite, "testcase", _attributes(name=objective.name, classname=f"preseason.{verdict.slo}")
    )
    case.set("time", f"{seconds:.3f}")
    element = _ELEMENTS.get(objective.outcome)
    if element is not None:
        tag = element if objective.required else "skipped"
        told = _attributes(message=_message(objective), type=objective.outcome)
        ET.SubElement(case, tag, told).text = _details(objective)


def _unjudged_case(suite: ET.Element, verdict: Verdict) -> None:
    invalid = not verdict.validity.valid
    name, kind = ("the run is valid", "INVALID") if invalid else ("something was judged", Outcome.NO_DATA)
    reasons = "; ".join(verdict.validity.reasons) if invalid else "the verdict holds no objective"
    case = ET.SubElement(suite, "testcase", _attributes(name=name, classname=f"preseason.{verdict.slo}"))
    case.set("time", "0.000")
    ET.SubElement(case, "error", _attributes(message=reasons or Decision.INVALID, type=kind))


def _message(objective: ObjectiveResult) -> str:
    """``FAIL: 234 ms, limit < 200 ms. …``."""
    measured = f"{objectives.value_text(objective)}, limit {objectives.limit_text(objective)}"
    optional = "" if objective.required else " (advisory)"
    told = [f"{objective.outcome}{optional}: {measured}.", plain.sentence(objective.reason)]
    told += [f"Needs {objective.needs}."] if objective.needs else []
    return " ".join(part for part in told if part)


def _details(objective: ObjectiveResult) -> str:
    told = {
        "indicator": objective.indicator,
        "endpoint": objective.endpoint or "",
        "scenario": objective.scenario or "",
        "measured": objectives.value_text(objective),
        "interval": objectives.interval_text(objective),
        "confidence": units.percent(objective.confidence),
        "limit": objectives.limit_text(objective),
        "judged": objectives.judged_text(objective),
        "severity": objective.severity,
    }
    return "\n".join(f"{name}: {_told(value)}" for name, value in told.items() if value)


def _attributes(**values: str) -> dict[str, str]:
    return {name: _told(value) for name, value in values.items()}


def _told(text: str) -> str:
    return plain.for_programs(text)


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
