"""Scaling triggers for machinery: Kubernetes' autoscaler, KEDA, Prometheus.

Neither autoscaler knows a threshold that must last: both keep a metric at a target, and look back over a
window before they act. A trigger's limit becomes the target, its time the window; the comments say what
cannot be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from preseason.errors import Problem
from preseason.slo.alerts.model import AlertPolicy
from preseason.slo.model import Kind, Unit
from preseason.slo.quantities import number_text
from preseason.slo.translations.prometheus_rules import expression, to_prometheus
from preseason.slo.translations.translation import Translation, comment, yaml_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.slo.alerts.model import AlertRule

_DEPLOYMENT = "astral-field"
_LEAST, _MOST = 2, 10
_LONGEST_WINDOW_S = 3600
_POLL_S = 15
_ASSUMED = (
    f"Assumed, and to be replaced: the deployment {_DEPLOYMENT}, {_LEAST} to {_MOST} replicas.",
    "A target is kept by adding replicas in proportion; that a limit is passed for a time cannot be said.",
    "Of all that was wanted in the window, the fewest replicas are taken, which is near to it.",
)
_OF_REQUESTS = "Utilization is a share of what the pods request, not of the machine's."


def horizontal_pod_autoscaler(rules: Sequence[AlertRule]) -> Translation:
    """An ``autoscaling/v2`` HorizontalPodAutoscaler; only CPU and memory are its own metrics."""
    chosen = [rule for rule in rules if _resource(rule)]
    left_out = tuple(
        Problem(f"'{rule.name}' is no resource of a pod", rule.place, "let KEDA ask Prometheus for it")
        for rule in rules
        if not _resource(rule)
    )
    if not chosen:
        return Translation("", left_out)
    document = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": _DEPLOYMENT},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": _DEPLOYMENT},
            "minReplicas": _LEAST,
            "maxReplicas": _MOST,
            "metrics": [_resource_metric(rule) for rule in chosen],
            "behavior": _behaviour(max(rule.needs_s for rule in chosen)),
        },
    }
    return Translation(_said((_OF_REQUESTS,), left_out) + yaml_text([document]), left_out)


def keda(rules: Sequence[AlertRule], prometheus_url: str = "http://prometheus:9090") -> Translation:
    """A KEDA ``ScaledObject`` that asks Prometheus; what has no usual metric there is left out."""
    chosen = [rule for rule in rules if expression(rule) and rule.fires_above]
    left_out = tuple(
        Problem(f"'{rule.name}' cannot be kept at a target by adding replicas", rule.place)
        for rule in rules
        if rule not in chosen
    )
    if not chosen:
        return Translation("", left_out)
    lasting_s = max(rule.lasting_s for rule in chosen)  # what is taken over a time, the query takes
    document = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": _DEPLOYMENT},
        "spec": {
            "scaleTargetRef": {"name": _DEPLOYMENT},
            "minReplicaCount": _LEAST,
            "maxReplicaCount": _MOST,
            "pollingInterval": _POLL_S,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour(lasting_s)}},
            "triggers": [_prometheus_trigger(rule, prometheus_url) for rule in chosen],
        },
    }
    return Translation(_said((), left_out) + yaml_text([document]), left_out)


def prometheus(rules: Sequence[AlertRule]) -> Translation:
    """Alerting rules, one a trigger, that fire when it would."""
    return to_prometheus(None, AlertPolicy("scaling", tuple(rules), ""))


def _said(more: Sequence[str], left_out: Sequence[Problem]) -> str:
    return comment((*_ASSUMED, *more, *(f"Left out: {problem.cause}" for problem in left_out)))


def _resource(rule: AlertRule) -> str:
    """The pod's resource that a rule is about; empty for anything else."""
    of_host = rule.indicator.source == "host" and rule.indicator.metric in {"cpu", "memory"}
    return rule.indicator.metric if of_host and rule.fires_above else ""


def _resource_metric(rule: AlertRule) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": max(1, round(100 * rule.limit))}
    return {"type": "Resource", "resource": {"name": _resource(rule), "target": target}}


def _behaviour(window_s: float) -> dict[str, Any]:
    return {"scaleUp": {"stabilizationWindowSeconds": min(round(window_s), _LONGEST_WINDOW_S)}}


def _prometheus_trigger(rule: AlertRule, url: str) -> dict[str, Any]:
    limit = rule.limit / 1000 if rule.indicator.unit is Unit.MS else rule.limit
    query = expression(rule)
    if rule.indicator.kind is Kind.GAUGE:  # of several machines the worst: KEDA takes a single value
        query = f"max({query})"
    asked = {"serverAddress": url, "query": query, "threshold": number_text(limit)}
    return {"type": "prometheus", "metricType": "Value", "metadata": asked}
