"""What the metrics of an OpenSLO ratio count, as a sentence of ours; or why no run could be asked that."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from preseason.run.endpoint import Endpoint
from preseason.slo.burn import complement
from preseason.slo.grammar import endpoint_text
from preseason.slo.model import Unit
from preseason.slo.quantities import number_text, quantity_text
from preseason.slo.translations.openslo import SOURCE_TYPE

if TYPE_CHECKING:
    from preseason.slo.document import Keys, Value

#: The limit of a bucket of one of Prometheus's histograms, in seconds.
_BUCKET = re.compile(r'_bucket\{[^}]*\ble="([0-9]+(?:\.[0-9]+)?)"')


class NotOursError(Exception):
    """What cannot be imported, where it stands below its document, and the way out."""

    def __init__(self, cause: str, remedy: str = "", path: Keys = ()) -> None:
        super().__init__(cause)
        self.cause, self.remedy, self.path = cause, remedy, path


def sentence_of(metric: Value, target: Decimal) -> str:
    """The objective as a sentence of ours; it is said only if part and total count the same events."""
    part = "bad" if value_at(metric, "bad") is not None else "good"
    counted, total = _spec(metric, part, target), _spec(metric, "total", target)
    outcome, within_ms = counted.pop("outcome", ""), counted.pop("within_ms", "")
    if counted != total:
        raise NotOursError("its parts and its total count different events", path=("spec",))
    share = float(target)
    match (total.pop("count", ""), part, outcome, bool(within_ms)):
        case ("requests", "good", "ok", True):
            said = f"p{number_text(Decimal(repr(share)) * 100)} < {_milliseconds(within_ms)}"
        case ("requests", "good", "ok", False):
            said = f"availability >= {quantity_text(share, Unit.RATIO)}"
        case ("requests", "bad", "failed", False):
            said = f"errors < {quantity_text(complement(share), Unit.RATIO)}"
        case ("lookups", "good", "hit", False):
            said = f"{total.pop('source', '')}.hit_rate > {quantity_text(share, Unit.RATIO)}"
        case _:
            raise NotOursError("what its metrics count is not known here", path=("spec",))
    return f"{said}{_scope(total)}"


def _spec(metric: Value, part: str, target: Decimal) -> dict[str, str]:
    kind = text_at(metric, part, "metricSource", "type")
    spec = value_at(metric, part, "metricSource", "spec")
    if kind != SOURCE_TYPE or not isinstance(spec, dict):
        cause = f"its metrics are of type {kind or 'unknown'}, which no run can be asked"
        raise NotOursError(
            cause, f"if requests are what they count, write: {_by_hand(metric, target)}", ("spec",)
        )
    if list(spec) == ["query"]:
        return _queried(str(spec["query"]))
    return {key: str(value) for key, value in spec.items()}


def _queried(query: str) -> dict[str, str]:
    """A choice of requests in a line: ``endpoint=lineup,ok=1,le_ms=200``."""
    pairs = [part.partition("=") for part in query.split(",")]
    found = {key.strip(): value.strip() for key, _, value in pairs}
    if len(found) < len(pairs) or not all(found.values()):
        raise NotOursError(f"'{query}' is no choice of requests", "as in: endpoint=lineup,ok=1", ("spec",))
    ok = found.pop("ok", None)
    outcome = {} if ok is None else {"outcome": {"1": "ok", "0": "failed"}.get(ok, ok)}
    names = {"endpoint": "path", "le_ms": "within_ms"}
    return {"count": "requests", **outcome, **{names.get(key, key): found[key] for key in found}}


def _by_hand(metric: Value, target: Decimal) -> str:
    """What somebody would write who knows that foreign metrics count requests."""
    limit = _BUCKET.search(text_at(metric, "good", "metricSource", "spec", "query"))
    share = float(target)
    if limit is not None:
        within = quantity_text(float(Decimal(limit[1]) * 1000), Unit.MS)
        return f"p{number_text(Decimal(repr(share)) * 100)} < {within}"
    return f"availability >= {quantity_text(share, Unit.RATIO)}"


def _milliseconds(written: str) -> str:
    try:
        return quantity_text(float(written), Unit.MS)
    except (ValueError, InvalidOperation):
        raise NotOursError(f"'{written}' is no number of milliseconds", path=("spec",)) from None


def _scope(rest: dict[str, str]) -> str:
    """What is left of a total says what it is narrowed to."""
    method, path, scenario = (rest.pop(key, "") for key in ("method", "path", "scenario"))
    if rest or (scenario and (method or path)):
        raise NotOursError(f"it is narrowed by {', '.join(rest) or 'two scopes'}", path=("spec",))
    if scenario:
        return f" for scenario {scenario}"
    return f" for {endpoint_text(Endpoint(path, method))}" if path else ""


def value_at(value: Value, *path: str | int) -> Value:
    """What stands at ``path``; None where nothing does."""
    for key in path:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key]
        else:
            return None
    return value


def text_at(value: Value, *path: str | int) -> str:
    """The text that stands at ``path``; empty where none does."""
    found = value_at(value, *path)
    return found if isinstance(found, str) else ""
