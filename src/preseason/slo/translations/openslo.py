"""Objectives as OpenSLO v1, and back: ratios of good events over a rolling month.

A metric of ours is a source of type ``preseason`` whose ``spec`` is a flat mapping of texts::

    count: requests         or lookups, of a cache
    outcome: ok             or failed, hit; of a total, it is left out
    within_ms: "200"        answered well within so many milliseconds
    method, path, scenario  what the objective is narrowed to
    source: redis           whose look-ups

Errors are a ``bad`` over ``total``, everything else a ``good`` one. What OpenSLO has no word for travels in
annotations. Its alert conditions know one window; of each of our pairs, the long window is exported, and the
short one as ``alertAfter``, which is near and not the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from preseason.errors import Problem
from preseason.slo.burn import WINDOWS, complement, is_ratio, target_of
from preseason.slo.model import Kind, Severity, Unit
from preseason.slo.quantities import duration_text, number_text, quantity_text
from preseason.slo.translations.translation import Translation, comment, dns_label, yaml_text

if TYPE_CHECKING:
    from preseason.slo.burn import BurnWindow
    from preseason.slo.model import Objective, Slo

VERSION = "openslo/v1"
SOURCE_TYPE = "preseason"
PREFIX = "preseason/"
#: OpenSLO names who is told; whoever that is gets this name.
_ONCALL = "oncall"


def to_openslo(slo: Slo) -> Translation:
    """Every objective that is a ratio, with its burn-rate alerts; the others are left out, each with why."""
    taken: set[str] = set()
    service = dns_label(slo.name, set())
    ratios = [objective for objective in slo.objectives if is_ratio(objective)]
    left_out = tuple(_left_out(one, slo) for one in slo.objectives if not is_ratio(one))
    if not ratios:
        return Translation("", left_out)
    documents = [
        _document("Service", {"name": service, "displayName": slo.name}, {}),
        *(_objective(objective, service, taken) for objective in ratios),
        *(_alert_policy(window) for window in WINDOWS),
        _document(
            "AlertNotificationTarget", {"name": _ONCALL}, {"description": "who is on call", "target": "email"}
        ),
    ]
    said = [f"Exported from {slo.name}.", *(f"Left out: {problem.cause}" for problem in left_out)]
    return Translation(comment(said) + yaml_text(documents), left_out)


def _left_out(objective: Objective, slo: Slo) -> Problem:
    place = slo.objective_places.get(objective.name, "")
    cause = f"'{objective.name}' is no ratio of good events over all that is judged"
    return Problem(cause, place, "OpenSLO objectives are such ratios; keep it in this file")


def _document(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _objective(objective: Objective, service: str, taken: set[str]) -> dict[str, Any]:
    name = dns_label(objective.name, taken)
    metadata: dict[str, Any] = {"name": name, "displayName": objective.name}
    if annotations := _annotations(objective):
        metadata["annotations"] = annotations
    target = target_of(objective)
    spec = {
        "description": f"{objective.name}: at least {number_text(100 * target)} % are good"[:1050],
        "service": service,
        "indicator": {"metadata": {"name": f"{name[:57]}-ratio"}, "spec": {"ratioMetric": _ratio(objective)}},
        "budgetingMethod": "Occurrences",
        "timeWindow": [{"duration": "30d", "isRolling": True}],
        "objectives": [{"displayName": objective.name, "target": target}],
        "alertPolicies": [
            {"alertPolicyRef": _policy_name(window)}
            for window in WINDOWS
            if window.burn * complement(target) < 1
        ],
    }
    return _document("SLO", metadata, spec)


def _ratio(objective: Objective) -> dict[str, Any]:
    total = _total(objective)
    match objective.indicator.kind:
        case Kind.ERRORS:
            part, outcome = "bad", {"outcome": "failed"}
        case Kind.HIT_RATE:
            part, outcome = "good", {"outcome": "hit"}
        case Kind.LATENCY_QUANTILE:
            part, outcome = "good", {"outcome": "ok", "within_ms": number_text(objective.limit)}
        case _:
            part, outcome = "good", {"outcome": "ok"}
    return {"counter": True, part: _metric(total | outcome), "total": _metric(total)}


def _metric(spec: dict[str, str]) -> dict[str, Any]:
    return {"metricSource": {"type": SOURCE_TYPE, "spec": spec}}


def _total(objective: Objective) -> dict[str, str]:
    if objective.indicator.kind is Kind.HIT_RATE:
        return {"count": "lookups", "source": objective.indicator.source}
    endpoint = objective.endpoint
    narrowed = {
        "method": endpoint.method if endpoint else "",
        "path": endpoint.name if endpoint else "",
        "scenario": objective.scenario or "",
    }
    return {"count": "requests", **{key: value for key, value in narrowed.items() if value}}


def _annotations(objective: Objective) -> dict[str, str]:
    """What OpenSLO has no word for; nothing of what stands as it does by default, but for the confidence."""
    said = {f"{PREFIX}confidence": quantity_text(objective.confidence, Unit.RATIO)}
    if objective.severity is not Severity.P2:
        said[f"{PREFIX}severity"] = objective.severity.value
    if not objective.required:
        said[f"{PREFIX}required"] = "false"
    if objective.weight != 1:
        said[f"{PREFIX}weight"] = number_text(objective.weight)
    if objective.waiver is not None:
        waiver = objective.waiver
        said[f"{PREFIX}waived-owner"] = waiver.owner
        said[f"{PREFIX}waived-reason"] = waiver.reason
        said[f"{PREFIX}waived-until"] = waiver.until.isoformat()
    return said


def _policy_name(window: BurnWindow) -> str:
    return f"burn-{number_text(round(window.burn, 6)).replace('.', '-')}-in-{duration_text(window.long_s)}"


def _alert_policy(window: BurnWindow) -> dict[str, Any]:
    name = _policy_name(window)
    condition = {
        "kind": "burnrate",
        "threshold": round(window.burn, 6),
        "lookbackWindow": duration_text(window.long_s),
        "alertAfter": duration_text(window.short_s),
    }
    inline = {
        "kind": "AlertCondition",
        "metadata": {"name": name},
        "spec": {"severity": window.urgency, "condition": condition},
    }
    spec = {
        "alertWhenBreaching": True,
        "conditions": [inline],
        "notificationTargets": [{"targetRef": _ONCALL}],
    }
    return _document("AlertPolicy", {"name": name}, spec)
