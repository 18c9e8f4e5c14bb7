"""The words an objective may use, and which units, comparisons and scopes make sense with each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from preseason.slo.model import Comparison, Indicator, Kind, Unit
from preseason.slo.quantities import MistakeError, did_you_mean, number_text, quantity_text

_UPPER = frozenset({Comparison.LESS, Comparison.AT_MOST})
_LOWER = frozenset({Comparison.GREATER, Comparison.AT_LEAST})


@dataclass(frozen=True, slots=True)
class Sense:
    """What may be said with one kind of indicator.

    ``scoped`` kinds may be narrowed to an endpoint or a scenario, ``windowed`` ones asked of every window of
    a length, ``relative`` ones compared with a baseline.
    """

    units: tuple[Unit, ...]
    comparisons: frozenset[Comparison]
    example: str
    scoped: bool = False
    windowed: bool = True
    relative: bool = False


SENSES: dict[Kind, Sense] = {
    Kind.LATENCY_QUANTILE: Sense((Unit.MS,), _UPPER, "p95 < 200 ms", scoped=True, relative=True),
    Kind.LATENCY_MEAN: Sense((Unit.MS,), _UPPER, "mean < 100 ms", scoped=True, relative=True),
    Kind.ERRORS: Sense((Unit.RATIO,), _UPPER, "errors < 1 %", scoped=True, relative=True),
    Kind.AVAILABILITY: Sense((Unit.RATIO,), _LOWER, "availability >= 99.9 %", scoped=True),
    Kind.RATE: Sense((Unit.PER_SECOND,), _UPPER | _LOWER, "rate > 40/s", scoped=True, relative=True),
    Kind.HIT_RATE: Sense((Unit.RATIO,), _LOWER, "redis.hit_rate > 90 %"),
    Kind.GAUGE: Sense(tuple(Unit), frozenset(Comparison), "postgres.connections < 80 %"),
    Kind.SLOW_QUERIES: Sense(
        (Unit.COUNT,), _UPPER | {Comparison.EQUAL}, "slow_queries(1 s) == 0", windowed=False
    ),
}

#: Servers that may be sampled. The metrics named here are guarded against slips of the pen and wrong units;
#: others are taken as they come.
SOURCES: dict[str, dict[str, tuple[Unit, ...]]] = {
    "postgres": {
        "connections": (Unit.RATIO, Unit.COUNT),
        "deadlocks": (Unit.COUNT,),
        "size_bytes": (Unit.BYTES,),
    },
    "redis": {
        "hit_rate": (Unit.RATIO,),
        "memory_bytes": (Unit.BYTES, Unit.RATIO),
        "evicted_keys": (Unit.COUNT, Unit.PER_SECOND),
        "clients": (Unit.COUNT, Unit.RATIO),
    },
    "host": {"cpu": (Unit.RATIO,), "memory": (Unit.RATIO,)},
    "generator": {"cpu": (Unit.RATIO,), "in_flight": (Unit.COUNT,), "loop_lag_ms": (Unit.MS,)},
    "pgbouncer": {
        "clients": (Unit.COUNT, Unit.RATIO),
        "clients_waiting": (Unit.COUNT,),
        "max_wait_ms": (Unit.MS,),
        "mean_wait_ms": (Unit.MS,),
        "pool_use": (Unit.RATIO,),
        "databases_stopped": (Unit.COUNT,),
    },
    "prometheus": {},
    "health": {},
}
_SHORT = {"cpu": ("host", "cpu"), "memory": ("host", "memory")}
_PLAIN = {
    "mean": Indicator(Kind.LATENCY_MEAN, "mean", Unit.MS),
    "errors": Indicator(Kind.ERRORS, "errors", Unit.RATIO),
    "availability": Indicator(Kind.AVAILABILITY, "availability", Unit.RATIO),
    "rate": Indicator(Kind.RATE, "rate", Unit.PER_SECOND),
}
_SYNONYMS = {"avg": "mean", "error_rate": "errors"}
_WORDS = (*_PLAIN, *_SHORT, *_SYNONYMS, "p95", "p99", "max", "med", "slow_queries(1 s)")
_NEAR_MISS = 0.85
_ALL_PERCENT = Decimal(100)


def percentile(percent: Decimal) -> Indicator:
    """``p95`` and its kin; ``p100`` is ``max``."""
    if not 0 < percent <= _ALL_PERCENT:
        raise MistakeError(
            f"p{number_text(percent)} is no percentile", "a percentile is above 0 and at most 100"
        )
    text = "max" if percent == _ALL_PERCENT else f"p{number_text(percent)}"
    return Indicator(Kind.LATENCY_QUANTILE, text, Unit.MS, quantile=float(percent / _ALL_PERCENT))


def slow_queries(threshold_ms: float) -> Indicator:
    """Statements that took at least ``threshold_ms``."""
    text = f"slow_queries({quantity_text(threshold_ms, Unit.MS)})"
    return Indicator(Kind.SLOW_QUERIES, text, Unit.COUNT, source="postgres", threshold_ms=threshold_ms)


def named(word: str) -> Indicator:
    """The indicator called ``word``. A gauge's unit is settled by its limit (``in_unit``)."""
    plain = _SYNONYMS.get(word, word)
    if plain in _PLAIN:
        return _PLAIN[plain]
    if word in {"max", "med"}:
        return percentile(Decimal(100 if word == "max" else 50))
    source, dot, metric = word.partition(".")
    if word in _SHORT:
        source, metric = _SHORT[word]
    elif not dot or not metric:
        raise MistakeError(f"'{word}' is nothing that can be measured", _hint(word))
    return _sampled(word, source, metric)


def _hint(word: str) -> str:
    """A word that is close, or a metric whose source was left out, else all words."""
    owners = [f"{source}.{word}" for source, metrics in SOURCES.items() if word in metrics]
    return f"did you mean '{owners[0]}'?" if owners else did_you_mean(word, _WORDS)


def _sampled(word: str, source: str, metric: str) -> Indicator:
    if source not in SOURCES:
        raise MistakeError(f"'{source}' is no source of samples", did_you_mean(source, SOURCES))
    known = SOURCES[source]
    near = get_close_matches(metric, known, n=1, cutoff=_NEAR_MISS)
    if near and metric not in known:
        raise MistakeError(f"{source} has no metric '{metric}'", f"did you mean '{source}.{near[0]}'?")
    kind = Kind.HIT_RATE if metric == "hit_rate" and metric in known else Kind.GAUGE
    return Indicator(kind, word, known.get(metric, (Unit.COUNT,))[0], source=source, metric=metric)


def units_of(indicator: Indicator) -> tuple[Unit, ...]:
    """The units a limit of ``indicator`` may be written in."""
    known = SOURCES.get(indicator.source, {}).get(indicator.metric)
    return known or SENSES[indicator.kind].units


def check(indicator: Indicator, comparison: Comparison, limit: float, *, relative: bool) -> None:
    """Raise a mistake where the parts of an objective do not go together."""
    sense = SENSES[indicator.kind]
    if comparison not in sense.comparisons:
        allowed = " or ".join(f"'{c}'" for c in Comparison if c in sense.comparisons)
        raise MistakeError(
            f"{indicator.text} cannot be asked to be '{comparison}' a limit",
            f"with {indicator.text} use {allowed}, as in: {sense.example}",
        )
    if relative and not sense.relative:
        raise MistakeError(f"{indicator.text} cannot be compared with a baseline", f"as in: {sense.example}")
    _check_range(indicator, limit, relative=relative, example=sense.example)


def _check_range(indicator: Indicator, limit: float, *, relative: bool, example: str) -> None:
    open_ended = indicator.kind in {Kind.GAUGE, Kind.SLOW_QUERIES}
    if limit < 0 or (limit == 0 and not open_ended):
        raise MistakeError(f"the limit of {indicator.text} must be above 0", f"as in: {example}")
    shares = indicator.unit is Unit.RATIO and not open_ended and not relative
    if shares and limit >= 1:
        raise MistakeError(f"the limit of {indicator.text} must be below 100 %", f"as in: {example}")
