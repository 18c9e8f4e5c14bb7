"""The JSON schemas of SLO files and alert policies: what editors complete and check while one is written.

A schema knows the shape, the words and the units' forms; what a sentence means only our own parser knows.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from preseason.slo import schema
from preseason.slo.ahead import plan_schema
from preseason.slo.ahead.autoscaling import AutoscalingKeys
from preseason.slo.fields import Sentence  # noqa: TC001 - pydantic reads the annotation

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ALERTS = [
    "errors > 5 % over 5m",
    "mean > 2 s over 5m",
    "availability < 99 % over 5m",
    "redis.hit_rate < 80 % over 1m",
    "postgres.connection_failures > 0",
    "cpu > 80 % lasting 5m",
]
_Alert = Annotated[
    object,
    WithJsonSchema(
        {"anyOf": [{"enum": _ALERTS}, {"type": "string", "pattern": "[<>]"}], "examples": _ALERTS[:3]}
    ),
]
_Alerts = Annotated[list[_Alert], Field(min_length=1)]


class SloFile(schema.Header):
    """Under this load, these objectives hold."""

    load: schema.AnyLoad
    """The traffic under which the objectives are promised."""
    objectives: Annotated[list[Sentence | schema.LongObjective], Field(min_length=1)]
    """What is promised: short sentences, or the long form with everything that can be said."""
    capacity: plan_schema.CapacitySection | None = None
    """What is planned to be carried, for ``preseason capacity plan``."""


class AlertPolicyFile(schema.AlertFile):
    """On what the operators of a platform want to be told."""

    critical: _Alerts | None = None
    """Alerts that wake somebody."""
    warning: _Alerts | None = None
    """Alerts that somebody looks at tomorrow."""
    scaling: _Alerts | None = None
    """Triggers that add instances."""


class PlanFile(plan_schema.PlanHeader):
    """What is to be carried, by what, and at which price."""

    capacity: plan_schema.CapacitySection
    """The plan."""


class SimulatedFile(AutoscalingKeys):
    """An autoscaled platform to be simulated, its load, and the triggers that add and take instances."""

    load: schema.OpenLoad
    """The traffic: an open load, of which every arrival is a request."""
    scaling: _Alerts
    """Triggers that add instances."""
    scaling_down: _Alerts | None = None
    """Triggers that take instances away."""


def autoscaling_schema() -> str:
    """The schema of a platform to be simulated, as JSON text."""
    return _text(SimulatedFile, "preseason simulated platform")


def plan_schema_text() -> str:
    """The schema of a capacity plan, as JSON text."""
    return _text(PlanFile, "preseason capacity plan")


def slo_schema() -> str:
    """The schema of an SLO file, as JSON text."""
    return _text(SloFile, "preseason SLO file")


def alerts_schema() -> str:
    """The schema of an alert policy, as JSON text."""
    return _text(AlertPolicyFile, "preseason alert policy")


def _text(model: type[schema.Keys], title: str) -> str:
    found = _plain(model.model_json_schema(by_alias=True))
    found.pop("title", None)
    return json.dumps({"$schema": _DRAFT, "title": title, **found}, indent=2) + "\n"


def _plain(node: Any) -> Any:  # noqa: ANN401 - a JSON schema is any JSON
    """Without what pydantic adds for itself: titles, nulls that a file cannot say, defaults of nothing.

    Descriptions are said twice, because editors of YAML render Markdown where it is called that.
    """
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _plain(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    kept = _without_null(kept)
    if isinstance(text := kept.get("description"), str):
        kept["description"] = kept["markdownDescription"] = " ".join(text.split())
    return kept


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in node.get("anyOf", []) if choice != {"type": "null"}]
    if not choices or len(choices) == len(node["anyOf"]):
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}
