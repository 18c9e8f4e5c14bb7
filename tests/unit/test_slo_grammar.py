from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.requests import Endpoint
from preseason.slo.grammar import METHODS, Scope, parse_objective, parse_scope
from preseason.slo.model import Kind, Unit
from preseason.slo.quantities import MistakeError, duration_s, duration_text, quantity, quantity_text


@pytest.mark.parametrize(
    ("text", "name", "kind", "limit", "unit"),
    [
        ("p95 < 200 ms", "p95 < 200 ms", Kind.LATENCY_QUANTILE, 200.0, Unit.MS),
        ("p95<0.2s", "p95 < 200 ms", Kind.LATENCY_QUANTILE, 200.0, Unit.MS),
        ("p99.9 <= 1 s", "p99.9 <= 1 s", Kind.LATENCY_QUANTILE, 1000.0, Unit.MS),
        ("p(95)<200", "p95 < 200 ms", Kind.LATENCY_QUANTILE, 200.0, Unit.MS),
        ("med < 50ms", "p50 < 50 ms", Kind.LATENCY_QUANTILE, 50.0, Unit.MS),
        ("p100 < 2 s", "max < 2 s", Kind.LATENCY_QUANTILE, 2000.0, Unit.MS),
        ("avg<200", "mean < 200 ms", Kind.LATENCY_MEAN, 200.0, Unit.MS),
        ("p95 < 200 µs", "p95 < 0.2 ms", Kind.LATENCY_QUANTILE, 0.2, Unit.MS),
        ("P95 < 200 MS", "p95 < 200 ms", Kind.LATENCY_QUANTILE, 200.0, Unit.MS),
        ("avg < 100 ms", "mean < 100 ms", Kind.LATENCY_MEAN, 100.0, Unit.MS),
        ("errors < 1%", "errors < 1 %", Kind.ERRORS, 0.01, Unit.RATIO),
        ("rate<0.01", "errors < 1 %", Kind.ERRORS, 0.01, Unit.RATIO),
        ("availability >= 99.9 %", "availability >= 99.9 %", Kind.AVAILABILITY, 0.999, Unit.RATIO),
        ("rate > 40/s", "rate > 40/s", Kind.RATE, 40.0, Unit.PER_SECOND),
        ("rate > 120/min", "rate > 2/s", Kind.RATE, 2.0, Unit.PER_SECOND),
        ("redis.hit_rate > 90 %", "redis.hit_rate > 90 %", Kind.HIT_RATE, 0.9, Unit.RATIO),
        ("postgres.connections < 80 %", "postgres.connections < 80 %", Kind.GAUGE, 0.8, Unit.RATIO),
        ("postgres.connections < 80", "postgres.connections < 80", Kind.GAUGE, 80.0, Unit.COUNT),
        ("redis.memory_bytes < 0.5 GiB", "redis.memory_bytes < 512 MiB", Kind.GAUGE, 2.0**29, Unit.BYTES),
        ("cpu < 80 %", "cpu < 80 %", Kind.GAUGE, 0.8, Unit.RATIO),
        ("slow_queries(1 s) == 0", "slow_queries(1 s) == 0", Kind.SLOW_QUERIES, 0.0, Unit.COUNT),
    ],
)
def test_a_short_sentence_is_understood_and_normalised(
    text: str, name: str, kind: Kind, limit: float, unit: Unit
) -> None:
    objective = parse_objective(text)

    assert (objective.name, objective.indicator.kind) == (name, kind)
    assert (objective.limit, objective.indicator.unit) == (limit, unit)


def test_an_objective_is_narrowed_to_an_endpoint_and_asked_of_every_window() -> None:
    objective = parse_objective("p99.9 < 1 s over 1m30s for post /api/trades")

    assert objective.endpoint == Endpoint("/api/trades", "POST")
    assert objective.over_s == 90.0
    assert objective.indicator.quantile == 0.999
    assert objective.name == "p99.9 < 1 s for POST /api/trades over 90s"


def test_an_endpoint_without_a_method_means_every_method() -> None:
    assert parse_objective("errors < 1 % for /api/trades").endpoint == Endpoint("/api/trades", "")


def test_a_name_that_is_no_path_is_quoted() -> None:
    objective = parse_objective('p95 < 1 s for GET "the start page"')

    assert objective.endpoint == Endpoint("the start page", "GET")
    assert objective.name == 'p95 < 1 s for GET "the start page"'


def test_an_objective_is_narrowed_to_a_scenario() -> None:
    assert parse_objective("p95 < 200 ms for scenario lineup").scenario == "lineup"
    assert parse_scope("scenario lineup") == Scope(scenario="lineup")


def test_a_comparison_with_a_baseline_keeps_its_limit_as_a_ratio() -> None:
    objective = parse_objective("p95 < 110 % of baseline")

    assert (objective.of_baseline, objective.limit) == (True, 1.1)
    assert objective.name == "p95 < 110 % of baseline"


@pytest.mark.parametrize(
    ("text", "cause", "remedy", "offset"),
    [
        ("", "expected something to measure", "indicator comparison limit", 0),
        ("p95", "expected a comparison, the text ends", "<=", 3),
        ("p95 <", "expected a limit", "p95 < 200 ms", 5),
        ("p95 < 200", "200 has no unit", "200 ms", 6),
        ("p95 < 5 %", "'%' is the wrong unit", "200 ms", 6),
        ("p95 > 200 ms", "cannot be asked to be '>'", "'<' or '<='", 6),
        ("p0 < 200 ms", "p0 is no percentile", "above 0", 0),
        ("p101 < 200 ms", "p101 is no percentile", "at most 100", 0),
        ("p95 < 200 ms fur 1m", "found 'fur'", "indicator comparison limit", 13),
        ("p95 < 200 ms for PSOT /x", "found 'PSOT'", "did you mean 'POST'?", 17),
        ("p95 < 200 ms for lineup", "found 'lineup'", "for scenario lineup", 17),
        ("p95 < 200 ms for GET /x?a=1", "no query", "write /x", 17),
        ("p95 < 200 ms over 1m over 2m", "'over' stands twice", "once", 21),
        ("errrors < 1 %", "'errrors' is nothing", "did you mean 'errors'?", 0),
        ("redis.hit_rat > 90 %", "no metric 'hit_rat'", "did you mean 'redis.hit_rate'?", 0),
        ("reddis.hit_rate > 90 %", "'reddis' is no source", "did you mean 'redis'?", 0),
        ("redis.hit_rate > 90 % for GET /x", "cannot be narrowed with 'for'", "redis.hit_rate", 22),
        ("errors < 0 %", "must be above 0", "errors < 1 %", 9),
        ("errors < 100 %", "must be below 100 %", "errors < 1 %", 9),
        ("rate > 40", "the rate 40 has no unit", "40/s", 7),
        ("cpu < 80", "80 has no unit", "80 %", 6),
        ("errors < 0.01", "0.01 has no unit", "1 %", 9),
        ("rate < 1 %", "a rate is no share", "errors < 1 %", 7),
        ("hit_rate > 90 %", "nothing that can be measured", "redis.hit_rate", 0),
        ("p95 < 200 ms over 0s", "no length", "over 1m", 18),
        ("p95 < 200 ms over -1m", "negative", "90s", 18),
        ("cpu < 110 % of baseline", "cannot be compared with a baseline", "as in", 6),
        ("slow_queries(1 s) > 3", "cannot be asked to be '>'", "'=='", 20),
        ("slow_queries(1 s) == 0 over 1m", "cannot be narrowed with 'over'", "slow_queries", 23),
        ("slow_queries(1 x) == 0", "'1 x' is not a duration", "slow_queries(1 s)", 13),
        ("slow_queries() == 0", "'' is not a duration", "slow_queries(1 s)", 13),
        ("p95 < 110 % of baselin", "'of baselin' is nothing to compare with", "of baseline", 12),
        ("p95 < 200 ms for POST api/trades", "'api/trades' does not begin", "/api/trades", 17),
        (f"p95 < {'9' * 400} ms", "too large", "smaller", 6),
    ],
)
def test_a_mistake_says_what_where_and_what_would_have_been_allowed(
    text: str, cause: str, remedy: str, offset: int
) -> None:
    with pytest.raises(MistakeError) as caught:
        parse_objective(text)

    assert cause in caught.value.cause
    assert remedy in caught.value.remedy
    assert caught.value.offset == offset


_NUMBERS = st.decimals(min_value="0.001", max_value="99999", places=3).map(lambda number: f"{number:f}")
_SCOPES = st.one_of(
    st.just(""),
    st.builds(
        lambda method, path: f" for {method} /{path}".replace("  ", " "),
        st.sampled_from([*METHODS, ""]),
        st.text("abcXYZ019/{}_-.", max_size=12),
    ),
    st.sampled_from([" for scenario lineup", ' for GET "start page"']),
)
_WINDOWS = st.one_of(st.just(""), st.integers(1, 9999).map(lambda seconds: f" over {seconds}s"))


_LATENCIES = st.tuples(
    st.sampled_from(["p50", "p99.9", "mean", "max", "med", "p(90)"]),
    st.sampled_from(["<", "<="]),
    _NUMBERS,
    st.sampled_from(["us", "ms", "s", "min"]),
    _SCOPES,
    _WINDOWS,
).map("".join)


@given(_LATENCIES)
def test_the_name_of_a_latency_objective_parses_to_the_same_objective(text: str) -> None:
    objective = parse_objective(text)

    assert parse_objective(objective.name) == objective


@given(
    st.sampled_from(
        [
            "errors < {} %",
            "availability >= {} %",
            "redis.hit_rate > {} %",
            "cpu < {} %",
            "p95 < {} % of baseline",
            "rate > {}/s",
            "rate <= {}/min",
            "rate > {}/h",
            "postgres.size_bytes < {} GiB",
            "redis.memory_bytes < {} KB",
            "postgres.deadlocks <= {}",
            "slow_queries({} s) == 0",
            "slow_queries({}ms) <= 3",
        ]
    ),
    st.decimals(min_value="0.001", max_value="99.9", places=3),
    _WINDOWS,
)
def test_the_name_of_any_other_objective_parses_to_the_same_objective(
    shape: str, number: object, window: str
) -> None:
    objective = parse_objective(shape.format(number) + ("" if "slow" in shape else window))

    assert parse_objective(objective.name) == objective


@given(
    st.text(max_size=60) | st.from_regex(r"(p\d+|errors|rate|redis\.\w+) ?[<>=]{1,2} ?\d+ ?[%a-z/]*.{0,20}")
)
def test_any_text_is_an_objective_or_a_mistake_inside_it(text: str) -> None:
    offset = 0
    try:
        parse_objective(text)
    except MistakeError as mistake:
        offset = mistake.offset

    assert 0 <= offset <= len(text)


@given(st.floats(min_value=1e-9, max_value=1e12), st.sampled_from(Unit))
def test_a_quantity_written_out_reads_back_as_the_same_number(value: float, unit: Unit) -> None:
    assert quantity(quantity_text(value, unit), unit) == value


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_a_duration_written_out_reads_back_as_the_same_number(seconds: float) -> None:
    assert duration_s(duration_text(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("1m30s", 90.0), ("1.5 h", 5400.0), ("250ms", 0.25), ("0s", 0.0)]
)
def test_a_duration_may_be_compound(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["60", "s", "1x", "-5s", "1m 30", "five"])
def test_a_duration_without_a_unit_is_refused(text: str) -> None:
    with pytest.raises(MistakeError):
        duration_s(text)
