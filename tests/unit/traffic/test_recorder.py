from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.tables import Table
from preseason.traffic.messages import pack_rows
from preseason.traffic.recorder import (
    MAX_ENDPOINTS,
    MAX_ERROR_KINDS,
    OTHER_ENDPOINTS,
    OTHER_ERRORS,
    Recorder,
    error_kind,
)

#: What half a character is read as, byte by byte.
LOST = "\N{REPLACEMENT CHARACTER}" * 3
KEY = ("league_read", "GET", "/api/players", True)


def test_every_request_is_counted_once_against_every_limit() -> None:
    recorder = Recorder([100.0, 200.0])
    for latency_ms in (50.0, 100.0, 100.001, 200.0, 250.0):
        recorder.record(KEY, latency_ms, 0.0, 10)

    rows = recorder.take_all()[Table.REQUESTS]

    assert sum(rows["requests"]) == 5
    assert sum(row[0] for row in rows["within"]) == 2
    assert sum(row[1] for row in rows["within"]) == 4
    assert sum(rows["received_bytes"]) == 50


@given(st.lists(st.tuples(st.floats(0.001, 1e6), st.floats(0, 1e5)), min_size=1, max_size=200))
def test_no_latency_is_lost_and_sums_and_maxima_are_exact(latencies: list[tuple[float, float]]) -> None:
    recorder = Recorder([200.0])
    for service_ms, lag_ms in latencies:
        recorder.record(KEY, service_ms, lag_ms, 0)

    rows = recorder.take_all()[Table.REQUESTS]

    response_ms = [service_ms + lag_ms for service_ms, lag_ms in latencies]
    assert sum(np.sum(counts) for counts in rows["response_count"]) == len(latencies)
    assert sum(rows["response_sum_ms"]) == pytest.approx(sum(response_ms))
    assert max(rows["response_max_ms"]) == max(response_ms)
    assert max(rows["service_max_ms"]) == max(service_ms for service_ms, _ in latencies)


def test_service_times_that_equal_response_times_are_not_written_twice() -> None:
    recorder = Recorder([])
    recorder.record(KEY, 5.0, 0.0, 0)

    rows = recorder.take_all()[Table.REQUESTS]

    assert [len(buckets) for buckets in rows["service_bucket"]] == [0]
    assert rows["service_sum_ms"] == [5.0]


def test_a_query_and_a_method_in_a_name_do_not_make_other_endpoints() -> None:
    recorder = Recorder([])
    for name in ("/api/players", "/api/players?page=2", "GET /api/players"):
        recorder.record(("s", "GET", name, True), 1.0, 0.0, 0)

    rows = recorder.take_all()[Table.REQUESTS]

    assert set(rows["name"]) == {"/api/players"}
    assert sum(rows["requests"]) == 3


def test_names_that_carry_ids_are_gathered_once_there_are_too_many() -> None:
    recorder = Recorder([])
    for number in range(MAX_ENDPOINTS + 50):
        recorder.record(("s", "GET", f"/item/{number}", True), 1.0, 0.0, 0)

    rows = recorder.take_all()[Table.REQUESTS]

    assert sum(rows["requests"]) == MAX_ENDPOINTS + 50
    others = [
        count for name, count in zip(rows["name"], rows["requests"], strict=True) if name == OTHER_ENDPOINTS
    ]
    assert sum(others) == 50


def test_error_kinds_are_gathered_once_there_are_too_many() -> None:
    recorder = Recorder([])
    for number in range(MAX_ERROR_KINDS + 7):
        recorder.failed_request(
            "s", "GET", "/x", f"{chr(97 + number // 26)}{chr(97 + number % 26)} went wrong"
        )

    rows = recorder.take_all()[Table.ERRORS]

    counts = dict(zip(rows["kind"], rows["requests"], strict=True))
    assert sum(counts.values()) == MAX_ERROR_KINDS + 7
    assert counts[OTHER_ERRORS] >= 7


def test_errors_that_differ_only_in_ids_are_one_kind() -> None:
    first = error_kind("HTTPError: 404 for url: http://127.0.0.1:8000/item/1 at 0x7f00aa")
    second = error_kind("HTTPError: 404 for url: http://127.0.0.1:8000/item/22 at 0x7f00bb")

    assert first == second
    assert "404" in first


def test_a_journey_that_raised_is_an_error_without_a_request() -> None:
    recorder = Recorder([])
    recorder.failed_journey("lineup", "KeyError: 'id'")

    rows = recorder.take_all()

    assert Table.REQUESTS not in rows
    assert rows[Table.ERRORS]["scenario"] == ["lineup"]


def test_cache_answers_are_counted_apart_from_those_that_say_nothing() -> None:
    recorder = Recorder([])
    for cache_hit in (True, True, False, None):
        recorder.record(KEY, 1.0, 0.0, 0, cache_hit)

    rows = recorder.take_all()[Table.REQUESTS]

    assert (sum(rows["cache_hits"]), sum(rows["cache_misses"])) == (2, 1)


def test_names_and_errors_that_no_file_can_hold_are_recorded_all_the_same() -> None:
    recorder = Recorder((100.0,))
    recorder.record(("lea\udce9gue", "G\udce9T", "/x\udce9", False), 1.0, 0.0, 0)
    recorder.failed_request("lea\udce9gue", "G\udce9T", "/x\udce9", "broken \udce9 pipe")
    tables = {
        table: pa.ipc.open_stream(pack_rows(table, rows)).read_all().to_pylist()
        for table, rows in recorder.take_all().items()
    }
    (request,), (error,) = tables[Table.REQUESTS], tables[Table.ERRORS]
    assert (request["scenario"], request["method"], request["name"]) == (
        f"lea{LOST}gue",
        f"G{LOST}T",
        f"/x{LOST}",
    )
    assert (error["name"], error["kind"]) == (f"/x{LOST}", f"broken {LOST} pipe")
