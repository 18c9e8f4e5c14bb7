from __future__ import annotations

import numpy as np
import pytest

from preseason.run.requests import Clock, Endpoint, Requests
from preseason.run.tables import SCHEMAS, Table
from preseason.testing import LEAGUE, LINEUP, ORIGIN_S, Traffic, requests_table

TRAFFIC = [
    Traffic.of([0, 0, 1, 3], [10.0, 250.0, 150.0, 20.0], [True, True, True, False]),
    Traffic.of([0, 1], [300.0, 40.0], endpoint=LINEUP, scenario="lineup"),
    Traffic.of([1], [7.0], endpoint=Endpoint(LINEUP.name, "GET"), scenario="lineup"),
]


@pytest.fixture(scope="module", params=["one writer", "writers one after the other"])
def requests(request: pytest.FixtureRequest) -> Requests:
    """A single writer's rows are in the order of time; those of several begin again with each file."""
    table = requests_table(TRAFFIC, [200.0])
    one = request.param == "one writer"
    found = Requests.of(table.sort_by("second" if one else "scenario"), (200.0,))
    assert found.in_order is one
    return found


def test_requests_are_chosen_by_endpoint_scenario_time_and_success(requests: Requests) -> None:
    assert requests.total == 7
    assert requests.of_endpoint(LEAGUE).total == 4
    assert requests.of_scenario("lineup").total == 3
    assert requests.failures().total == 1
    assert requests.between(ORIGIN_S, ORIGIN_S + 1).total == 3
    assert requests.of_endpoint(LINEUP).between(ORIGIN_S + 1, ORIGIN_S + 2).successes().total == 1


def test_an_endpoint_without_a_method_is_every_method(requests: Requests) -> None:
    assert requests.of_endpoint(LINEUP).total == 2
    assert requests.of_endpoint(Endpoint(LINEUP.name, "")).total == 3
    assert requests.of_endpoint(Endpoint("/elsewhere", "")).total == 0


def test_endpoints_are_those_that_were_asked_in_order_of_their_names(requests: Requests) -> None:
    assert requests.present_endpoints() == (LEAGUE, Endpoint(LINEUP.name, "GET"), LINEUP)
    assert requests.of_scenario("league_read").present_endpoints() == (LEAGUE,)


def test_a_second_that_the_window_cuts_is_left_out(requests: Requests) -> None:
    assert requests.between(ORIGIN_S + 0.5, ORIGIN_S + 1.5).total == 0
    assert requests.between(ORIGIN_S - 0.5, ORIGIN_S + 1.5).total == 3


def test_counts_by_second_are_zero_where_nothing_was_asked(requests: Requests) -> None:
    assert requests.per_second(ORIGIN_S, ORIGIN_S + 5).tolist() == [3, 3, 0, 1, 0]
    assert requests.sums_per_second(ORIGIN_S, ORIGIN_S + 2).tolist() == [560.0, 197.0]


def test_counts_within_a_limit_of_the_run_are_exact(requests: Requests) -> None:
    fewer, more = requests.within_per_second(200.0, ORIGIN_S, ORIGIN_S + 4)

    assert fewer.tolist() == more.tolist() == [1, 3, 0, 1]


def test_counts_within_another_limit_bracket_the_truth() -> None:
    near = Traffic.of([0, 0, 0, 0], [100.0, 249.9, 250.1, 400.0])
    requests = Requests.of(requests_table([near], [200.0]), (200.0,))

    fewer, more = requests.within_per_second(250.0, ORIGIN_S, ORIGIN_S + 1)

    assert fewer.tolist()[0] <= 2 <= more.tolist()[0]
    assert fewer.tolist() == [1]
    assert more.tolist() == [3]


def test_a_histogram_merges_all_chosen_rows(requests: Requests) -> None:
    assert requests.histogram().total == 7
    assert requests.mean_ms() == pytest.approx(111.0)
    assert requests.max_ms() == 300.0


def test_service_times_that_were_not_written_twice_are_the_response_times(requests: Requests) -> None:
    response, service = (requests.histogram(clock) for clock in Clock)

    assert np.array_equal(response.counts, service.counts)


def test_means_and_maxima_are_exact_where_histograms_are_not() -> None:
    """HdrHistogram's known answers: 10 998.9 us raw; 25 000.5 ms once the stall's waiting is counted."""
    raw = np.array([1.0] * 10_000 + [100_000.0])
    waited = np.concatenate([np.full(10_000, 1.0), np.arange(100_000.0, 0.0, -10.0)])

    for latencies_ms, mean_ms in ((raw, 10.9989), (waited, 25_003.0)):
        found = Requests.of(requests_table([Traffic.of(0, latencies_ms)], []), ())
        assert found.mean_ms() == pytest.approx(mean_ms, rel=1e-5)
        assert found.max_ms() == 100_000.0


def test_blocks_hold_the_histograms_of_their_seconds(requests: Requests) -> None:
    blocks = requests.histograms_by_block(ORIGIN_S, ORIGIN_S + 5, 2)

    assert blocks.sum(axis=1).tolist() == [6.0, 1.0]


def test_no_rows_are_no_requests() -> None:
    nothing = Requests.of(SCHEMAS[Table.REQUESTS].empty_table(), (200.0,))

    assert nothing.total == 0
    assert nothing.present_endpoints() == ()
    assert nothing.by_endpoint() == {}
    assert nothing.between(0.0, 3.0).total == 0
    assert nothing.mean_ms() is None
    assert nothing.max_ms() is None
    assert nothing.histogram().total == 0
    assert nothing.within_per_second(100.0, 0, 3)[0].tolist() == [0, 0, 0]
