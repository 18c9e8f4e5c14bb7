"""What is written for autoscalers, against the schemas of those who read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from preseason.report.triggers.autoscalers import horizontal_pod_autoscaler, keda
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel, AlertRule

SCHEMAS = Path(__file__).parent / "schemas"
MANUAL = (
    "cpu > 80 % lasting 5m",
    "memory > 85 % lasting 5m",
    "mean > 2 s over 10m",
    "errors > 5 % over 5m",
)


def rules(*texts: str) -> list[AlertRule]:
    return [parse_alert(text, AlertLevel.SCALING) for text in texts]


def valid(text: str, schema: str) -> Any:  # noqa: ANN401 - any YAML
    document = YAML(typ="safe").load(text)
    jsonschema.validate(
        document, json.loads((SCHEMAS / schema).read_text()), cls=jsonschema.Draft202012Validator
    )
    return document


@pytest.mark.parametrize("texts", [MANUAL, ("cpu > 0.2 % over 90s",), ("memory > 85 % lasting 3h",)])
def test_a_horizontal_pod_autoscaler_is_valid(texts: tuple[str, ...]) -> None:
    valid(horizontal_pod_autoscaler(rules(*texts)).text, "horizontal-pod-autoscaler.json")


def test_the_schema_of_the_autoscaler_refuses_what_is_wrong() -> None:
    text = horizontal_pod_autoscaler(rules(*MANUAL)).text
    for wrong in (text.replace("averageUtilization: 80", "averageUtilization: a lot"), text + "  more: 1\n"):
        with pytest.raises(jsonschema.ValidationError):
            valid(wrong, "horizontal-pod-autoscaler.json")


def test_what_is_no_resource_of_a_pod_is_left_out_and_said() -> None:
    found = horizontal_pod_autoscaler(rules(*MANUAL))
    spec = valid(found.text, "horizontal-pod-autoscaler.json")["spec"]
    assert [one["resource"]["name"] for one in spec["metrics"]] == ["cpu", "memory"]
    assert spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 300
    assert len(found.left_out) == 2
    assert not horizontal_pod_autoscaler(rules("errors > 5 % over 5m")).text


@pytest.mark.parametrize("texts", [MANUAL, ("cpu > 80 % over 5m",), ("errors > 5 % for POST /x over 1m",)])
def test_a_scaled_object_is_valid(texts: tuple[str, ...]) -> None:
    valid(keda(rules(*texts)).text, "keda-scaled-object.json")


def test_the_schema_of_the_scaled_object_refuses_what_is_wrong() -> None:
    text = keda(rules(*MANUAL)).text
    for wrong in (text.replace("threshold: '2'", "threshold: 2"), text.replace("pollingInterval", "polling")):
        with pytest.raises(jsonschema.ValidationError):
            valid(wrong, "keda-scaled-object.json")


def test_a_scaled_object_asks_for_one_value_and_waits_only_for_what_must_last() -> None:
    spec = valid(keda(rules(*MANUAL)).text, "keda-scaled-object.json")["spec"]
    queries = [one["metadata"]["query"] for one in spec["triggers"]]
    assert [query.partition("(")[0] for query in queries] == ["max", "max", "sum", ""]
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behaviour["scaleUp"]["stabilizationWindowSeconds"] == 300
    assert [one["metadata"]["threshold"] for one in spec["triggers"]] == ["0.8", "0.85", "2", "0.05"]
