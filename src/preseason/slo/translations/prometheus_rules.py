"""Objectives and alerts as Prometheus rules: recorded shares of bad events, and alerts on how they burn.

Which metrics a platform exposes is not known here. The usual names are assumed, and said at the top of what
is written: ``http_requests_total`` and the histogram ``http_request_duration_seconds`` with the labels
``method``, ``path`` and ``status``; redis_exporter, postgres_exporter and node_exporter.

A failure is an answer of the 5xx kind, which is all that a server knows of; a run counts more (an answer that
never came, or was wrong). No data is not a pass: each objective has an alert on its own silence.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from preseason.errors import Problem
from preseason.slo.alerts.grammar import is_connection_failures
from preseason.slo.burn import WINDOWS, complement, is_ratio, target_of
from preseason.slo.model import Kind, Unit
from preseason.slo.quantities import number_text
from preseason.slo.translations.translation import Translation, comment, dns_label, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.run.endpoint import Endpoint
    from preseason.slo.alerts.model import AlertPolicy, AlertRule
    from preseason.slo.model import Objective, Slo

RECORD = "preseason:bad_events:ratio_rate"
_REQUESTS, _DURATION = "http_requests_total", "http_request_duration_seconds"
_FAILED = 'status=~"5.."'
_SILENCE = "10m"
_ASSUMED = (
    "Assumed of what is scraped; replace the names that are others:",
    f"  {_REQUESTS}{{method, path, status}}",
    f"  {_DURATION}_bucket, _sum, _count{{method, path, status}}, with a bucket at each limit",
    "  redis_exporter, postgres_exporter and node_exporter, for what is about them",
)
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
Rule = dict[str, object]


def to_prometheus(slo: Slo | None, policy: AlertPolicy | None) -> Translation:
    """Recording and alerting rules of ratio objectives, and the alerts of a policy.

    What has no expression over usual metrics is left out, each with its reason.
    """
    objectives = () if slo is None else slo.objectives
    chosen = [objective for objective in objectives if not _why_not(objective)]
    rules = () if policy is None else policy.rules
    spoken = [rule for rule in rules if expression(rule)]
    places = {} if slo is None else slo.objective_places
    left_out = (
        *(
            Problem(f"'{one.name}' {_why_not(one)}", places.get(one.name, ""))
            for one in objectives
            if _why_not(one)
        ),
        *(
            Problem(f"'{rule.name}' has no usual metric", rule.place)
            for rule in rules
            if not expression(rule)
        ),
    )
    taken: set[str] = set()
    groups = [_objective_group(objective, taken) for objective in chosen]
    groups += [_policy_group(policy, spoken, taken)] if policy is not None and spoken else []
    if not groups:
        return Translation("", left_out)
    said = (*_ASSUMED, *(f"Left out: {problem.cause}" for problem in left_out))
    return Translation(comment(said) + yaml_text([{"groups": groups}]), left_out)


def _why_not(objective: Objective) -> str:
    if not is_ratio(objective):
        return "is no ratio of good events over all that is judged"
    return "is about a scenario, of which a server knows nothing" if objective.scenario else ""


def _objective_group(objective: Objective, taken: set[str]) -> dict[str, object]:
    name = dns_label(objective.name, taken)
    windows = sorted({length for window in WINDOWS for length in (window.short_s, window.long_s)})
    labels = {"objective": objective.name}
    records: list[Rule] = [
        {"record": f"{RECORD}{_span(length)}", "expr": _bad_share(objective, _span(length)), "labels": labels}
        for length in windows
    ]
    return {"name": f"preseason-{name}", "rules": [*records, *_burn_alerts(objective), _silence(objective)]}


def _burn_alerts(objective: Objective) -> Iterator[Rule]:
    """One alert an urgency: any of its pairs of windows, both of which must burn."""
    allowed = complement(target_of(objective))
    for urgency in dict.fromkeys(window.urgency for window in WINDOWS):
        pairs = [
            f"({_above(objective, window.long_s, limit)} and {_above(objective, window.short_s, limit)})"
            for window in WINDOWS
            if window.urgency == urgency and (limit := round(window.burn * allowed, 12)) < 1
        ]
        if pairs:
            labels = {"severity": urgency, "objective": objective.name}
            summary = f"{objective.name}: its error budget burns too fast"
            yield {
                "alert": "ErrorBudgetBurn",
                "expr": " or ".join(pairs),
                "labels": labels,
                "annotations": {"summary": summary},
            }


def _above(objective: Objective, length_s: float, limit: float) -> str:
    return f"{RECORD}{_span(length_s)}{_of(objective)} > {number_text(limit)}"


def _of(objective: Objective) -> str:
    return f"{{objective={_quoted(objective.name)}}}"


def _silence(objective: Objective) -> Rule:
    span = _span(min(window.short_s for window in WINDOWS))
    return {
        "alert": "ObjectiveWithoutData",
        "expr": f"absent({RECORD}{span}{_of(objective)} >= 0)",
        "for": _SILENCE,
        "labels": {"severity": "ticket", "objective": objective.name},
        "annotations": {"summary": f"{objective.name}: nothing was measured, which is not a pass"},
    }


def _bad_share(objective: Objective, span: str) -> str:
    match objective.indicator.kind:
        case Kind.HIT_RATE:
            return f"1 - {_hit_rate(objective.indicator.source, span)}"
        case Kind.LATENCY_QUANTILE:
            fast = _selector(objective.endpoint, 'status!~"5.."', _bucket(objective.limit))
            total = _selector(objective.endpoint)
            within, all_of_them = f"{_DURATION}_bucket{fast}", f"{_DURATION}_count{total}"
            return f"1 - sum(rate({within}[{span}])) / sum(rate({all_of_them}[{span}]))"
        case _:
            return _failing(objective.endpoint, span)


def _failing(endpoint: Endpoint | None, span: str) -> str:
    """Before the first failure there is no series of failures: that is none, not no data."""
    failed, total = _selector(endpoint, _FAILED), _selector(endpoint)
    return f"(sum(rate({_REQUESTS}{failed}[{span}])) or vector(0)) / sum(rate({_REQUESTS}{total}[{span}]))"


def _hit_rate(source: str, span: str) -> str:
    hits, misses = (f"sum(rate({source}_keyspace_{kind}_total[{span}]))" for kind in ("hits", "misses"))
    return f"{hits} / ({hits} + {misses})"


def _bucket(limit_ms: float) -> str:
    """The upper edge of a bucket; of whole seconds, some clients write 1 and others 1.0."""
    seconds = number_text(Decimal(repr(limit_ms)) / 1000)
    return f'le="{seconds}"' if "." in seconds else f'le=~"{seconds}(\\\\.0)?"'


def _selector(endpoint: Endpoint | None, *more: str) -> str:
    method = [f"method={_quoted(endpoint.method)}"] if endpoint and endpoint.method else []
    path = [f"path={_quoted(endpoint.name)}"] if endpoint else []
    matchers = [*method, *path, *more]
    return f"{{{','.join(matchers)}}}" if matchers else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _policy_group(policy: AlertPolicy, rules: Sequence[AlertRule], taken: set[str]) -> dict[str, object]:
    name = dns_label(policy.name, taken)
    return {"name": f"preseason-alerts-{name}", "rules": [_alert(rule) for rule in rules]}


def _alert(rule: AlertRule) -> Rule:
    limit = rule.limit / 1000 if rule.indicator.unit is Unit.MS else rule.limit
    comparison = (
        "== 0" if is_connection_failures(rule.indicator) else f"{rule.comparison} {number_text(limit)}"
    )
    lasting = {"for": _span(rule.lasting_s)} if rule.lasting_s else {}
    return {
        "alert": "".join(word.capitalize() for word in dns_label(rule.indicator.text, set()).split("-")),
        "expr": f"{expression(rule)} {comparison}",
        **lasting,
        "labels": {"severity": rule.level.value, "alert": rule.name},
        "annotations": {"summary": rule.name},
    }


def expression(rule: AlertRule) -> str:
    """What is compared with the limit; empty where no usual metric says it."""
    indicator, span = rule.indicator, _span(rule.over_s or 60.0)
    match indicator.kind:
        case _ if rule.scenario:
            return ""
        case Kind.ERRORS:
            return _failing(rule.endpoint, span)
        case Kind.AVAILABILITY:
            return f"1 - {_failing(rule.endpoint, span)}"
        case Kind.LATENCY_MEAN:
            fine = _selector(rule.endpoint, 'status!~"5.."')
            return f"sum(rate({_DURATION}_sum{fine}[{span}])) / sum(rate({_DURATION}_count{fine}[{span}]))"
        case Kind.HIT_RATE:
            return _hit_rate(indicator.source, span)
        case _:
            return _gauge(rule)


def _gauge(rule: AlertRule) -> str:
    known = {
        ("postgres", "connection_failures"): "pg_up",
        ("host", "cpu"): '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[1m]))',
        ("host", "memory"): "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
    }
    found = known.get((rule.indicator.source, rule.indicator.metric), "")
    return f"avg_over_time(({found})[{_span(rule.over_s)}:])" if found and rule.over_s else found


def _span(seconds: float) -> str:
    """A PromQL duration in its largest unit; fractions of a second as milliseconds."""
    for unit, size in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{round(seconds * 1000)}ms"
