"""What a run came to, figure by figure: small enough that a year of runs can be read at once.

``indicators.json`` is this model as JSON. An indicator that an objective may speak of has the value that the
objective would be judged by, whether or not one speaks of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from preseason.run.columns import array_of, rows_where
from preseason.run.samples import GENERATOR, owner
from preseason.slo.grammar import parse_objective
from preseason.slo.model import Comparison, Kind, Unit
from preseason.verdict.coverage import HOST
from preseason.verdict.requests import judge_requests
from preseason.verdict.samples import judge_samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult, Verdict
    from preseason.verdict.statistics.steady import Span


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Better(StrEnum):
    """Which way of an indicator is the good one; of some, such as a database's size, neither is."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class IndicatorValue(_Frozen):
    """What an indicator came to, in ``unit``; ``about`` is an endpoint or a process, empty for the whole."""

    name: str
    about: str = ""
    value: float
    unit: str
    better: Better

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same indicator in another run."""
        return self.name, self.about, self.unit


class Failures(_Frozen):
    """How often requests of an endpoint failed for one reason."""

    endpoint: str
    kind: str
    requests: int


class Indicators(_Frozen):
    """What was measured in the judged time: values, and of what the traffic was made.

    ``journeys`` counts those begun by scenario, ``requests`` what was sent by endpoint.
    """

    version: Literal[1] = 1
    run: str
    judged_s: float
    values: tuple[IndicatorValue, ...]
    journeys: dict[str, int] = {}
    requests: dict[str, int] = {}
    failures: tuple[Failures, ...] = ()


#: Any limit would do: only what is measured matters.
_OF_ALL = tuple(
    map(parse_objective, ("p50 < 1 s", "p95 < 1 s", "p99 < 1 s", "mean < 1 s", "errors < 1 %", "rate > 1/s"))
)
_OF_ENDPOINTS = tuple(map(parse_objective, ("p95 < 1 s", "errors < 1 %")))
_OF_SERVERS = tuple(
    map(
        parse_objective,
        (
            "redis.hit_rate > 90 %",
            "redis.memory_bytes < 1 GiB",
            "redis.evicted_keys == 0",
            "redis.clients < 1000",
            "postgres.connections < 80 %",
            "postgres.deadlocks == 0",
            "slow_queries(1 s) == 0",
        ),
    )
)
#: The highest sample of a busy machine is mostly chance; its mean is not.
_MEANS = tuple(map(parse_objective, ("cpu < 80 %", "memory < 85 %")))
_SIZE, _RSS = ("postgres", "size_bytes"), (HOST, "process_rss_bytes")
#: Processes that are ours, not the target's.
_OURS = frozenset({GENERATOR, "collectors"})
_MOST_FAILURES = 50


def indicators_of(evidence: Evidence) -> Indicators:
    """The indicators of a run; what was not measured is left out."""
    answered = evidence.answered
    return Indicators(
        run=evidence.run.manifest.run_id,
        judged_s=float(evidence.judged.length_s),
        values=tuple(_values(evidence)),
        journeys=_journeys(evidence.run.arrivals, evidence.judged),
        requests={str(one): sent.total for one, sent in evidence.requests.by_endpoint().items()},
        failures=_failures(evidence.run.errors, answered),
    )


def with_objectives(indicators: Indicators | None, verdict: Verdict) -> tuple[IndicatorValue, ...]:
    """The indicators of a run and whatever else its objectives measured; without the former, these alone."""
    of_objectives = {value.key: value for value in _judged(verdict.objectives)}
    known = {value.key: value for value in indicators.values} if indicators else {}
    return tuple((known | of_objectives).values())


def _values(evidence: Evidence) -> Iterator[IndicatorValue]:
    yield from _points(_OF_ALL, evidence)
    for endpoint in evidence.requests.present_endpoints():
        yield from _points((replace(one, endpoint=endpoint) for one in _OF_ENDPOINTS), evidence)
    yield from _points(_OF_SERVERS, evidence)
    over_all = (replace(one, over_s=float(evidence.judged.length_s)) for one in _MEANS)
    for value in _points(over_all, evidence):
        yield value.model_copy(update={"name": f"mean {value.name}"})
    yield from _sizes(evidence)


def _points(objectives: Iterable[Objective], evidence: Evidence) -> Iterator[IndicatorValue]:
    for objective in objectives:
        about_requests = objective.indicator.source == "" and objective.indicator.kind is not Kind.GAUGE
        judge = judge_requests if about_requests else judge_samples
        point = judge(objective, evidence).point
        if point is not None:
            yield IndicatorValue(
                name=objective.indicator.text,
                about="" if objective.endpoint is None else str(objective.endpoint),
                value=point,
                unit=objective.indicator.unit.value,
                better=_better(objective.comparison),
            )


def _better(comparison: Comparison) -> Better:
    return Better.LOWER if comparison.bounds_above else Better.HIGHER


def _sizes(evidence: Evidence) -> Iterator[IndicatorValue]:
    """How large things were: the database at its end and by how much it grew, processes at their largest."""
    samples, span = evidence.run.samples, evidence.load_and_drain
    database = samples.get(*_SIZE).between(span.start_s, span.end_s).value
    if len(database):
        size, grown = float(database[-1]), float(database[-1] - database[0])
        for name, value in ("postgres.size_bytes", size), ("postgres.growth_bytes", grown):
            yield IndicatorValue(name=name, value=value, unit=Unit.BYTES, better=Better.NEITHER)
    for label, series in samples.labelled(*_RSS).items():
        inside = series.between(evidence.judged.start_s, evidence.judged.end_s).value
        if len(inside) and owner(label) not in _OURS:
            name, largest = ".".join(_RSS), float(inside.max())
            yield IndicatorValue(name=name, about=label, value=largest, unit=Unit.BYTES, better=Better.LOWER)


def _judged(objectives: Iterable[ObjectiveResult]) -> Iterator[IndicatorValue]:
    """What objectives about all of the judged time measured: a worst window is another figure."""
    for one in objectives:
        beyond = one.name.split(one.indicator, maxsplit=1)[-1]
        if one.point is None or " over " in beyond or " of baseline" in beyond:
            continue
        yield IndicatorValue(
            name=one.indicator,
            about=one.endpoint or one.scenario or "",
            value=one.point,
            unit=one.unit,
            better=_better(Comparison(one.comparison)),
        )


def _journeys(arrivals: pa.Table, span: Span) -> dict[str, int]:
    second = array_of(arrivals["second"])
    chosen = rows_where(arrivals, (second >= span.start_s) & (second < span.end_s))
    begun: Counter[str] = Counter()
    scenarios, started = (chosen[name].to_pylist() for name in ("scenario", "started"))
    for scenario, count in zip(scenarios, started, strict=True):
        begun[scenario] += count
    return dict(sorted(begun.items()))


def _failures(errors: pa.Table, span: Span) -> tuple[Failures, ...]:
    """The commonest first."""
    second = array_of(errors["second"])
    chosen = rows_where(errors, (second >= span.start_s) & (second < span.end_s))
    if not chosen.num_rows:
        return ()
    keys = ["method", "name", "kind"]
    order = [("requests_sum", "descending"), *((key, "ascending") for key in keys)]
    rows = chosen.group_by(keys).aggregate([("requests", "sum")]).sort_by(order)
    return tuple(
        Failures(endpoint=f"{row['method']} {row['name']}", kind=row["kind"], requests=row["requests_sum"])
        for row in rows.slice(0, _MOST_FAILURES).to_pylist()
    )
