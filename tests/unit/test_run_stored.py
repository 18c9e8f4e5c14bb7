"""A run too long for memory answers as if it were in memory."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run import gathering, segments
from preseason.run.histogram import Histogram
from preseason.run.pairs import InMemory, numbered
from preseason.run.requests import Clock, Endpoint, Requests
from preseason.run.segments import SegmentWriter
from preseason.run.stored import OnDisk
from preseason.run.tables import Table
from preseason.testing import LEAGUE, LINEUP, ORIGIN_S, Traffic, requests_table

SECONDS = 190
LIMITS_MS = (200.0,)


def recorded() -> pa.Table:
    """Two endpoints, some failures; one of them has service times of its own in every third second.

    But not late in a minute: a stretch of a minute may have none of what the rest of that minute has.
    """
    draw = np.random.default_rng(3)
    second = np.repeat(np.arange(SECONDS), 12)
    league = Traffic.of(second, draw.lognormal(5, 0.7, len(second)), draw.random(len(second)) > 0.1)
    lineup = Traffic.of(second, draw.lognormal(4, 0.4, len(second)), endpoint=LINEUP, scenario="lineup")
    plain = requests_table([league, lineup], LIMITS_MS).sort_by("second")
    second = plain["second"].to_numpy() - ORIGIN_S
    own = (second % 3 == 0) & (second % 60 < 25) & (np.array(plain["name"].to_pylist()) == LINEUP.name)
    halved = [[bucket // 2 for bucket in row] for row in plain["response_bucket"].to_pylist()]
    lists = {
        "service_bucket": [row if has else [] for row, has in zip(halved, own, strict=True)],
        "service_count": [
            row if has else [] for row, has in zip(plain["response_count"].to_pylist(), own, strict=True)
        ],
    }
    for name, values in lists.items():
        place = plain.schema.get_field_index(name)
        field = plain.schema.field(name)
        plain = plain.set_column(place, field, pa.chunked_array([values], field.type))
    return plain


@pytest.fixture(scope="module", params=[1, 2], ids=["one writer", "two writers"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Requests, Requests]:
    """The same rows from memory, and from a folder in stretches of forty rows; writers take turns."""
    folder: Path = tmp_path_factory.mktemp("run")
    table = recorded()
    writers = [SegmentWriter(folder, Table.REQUESTS, f"test{number}") for number in range(request.param)]
    for start, writer in zip(range(0, table.num_rows, 10), itertools.cycle(writers), strict=False):
        writer.append_batch(table.slice(start, 10).combine_chunks().to_batches()[0])
    for writer in writers:
        writer.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "_KEPT_PAIRS", 0)
        patch.setattr(segments, "_STRETCH_ROWS", 40)
        stored = Requests.read(folder, LIMITS_MS, ORIGIN_S)
    assert isinstance(stored.latencies, OnDisk)
    assert len(stored.latencies.stretches) > 3
    assert stored.in_order is (len(writers) == 1)
    return Requests.of(table, LIMITS_MS), stored


CHOICES = {
    "all": lambda requests: requests,
    "nothing": lambda requests: requests.of_scenario("elsewhere"),
    "failures": lambda requests: requests.failures(),
    "one endpoint": lambda requests: requests.of_endpoint(LINEUP),
    "a scenario's successes": lambda requests: requests.of_scenario("league_read").successes(),
    "a part of a stretch": lambda requests: requests.between(ORIGIN_S + 17, ORIGIN_S + 23),
    "whole minutes": lambda requests: requests.between(ORIGIN_S + 60, ORIGIN_S + 180),
    "an endpoint in a window": lambda requests: requests.of_endpoint(LEAGUE).between(
        ORIGIN_S + 3, ORIGIN_S + 71
    ),
}


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("clock", Clock)
def test_histograms_are_the_same(both: tuple[Requests, Requests], choice: str, clock: Clock) -> None:
    kept, stored = (CHOICES[choice](requests).histogram(clock).counts for requests in both)

    assert np.array_equal(kept, stored)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("limit_ms", [200.0, 151.3])
def test_counts_within_a_limit_are_the_same(
    both: tuple[Requests, Requests], choice: str, limit_ms: float
) -> None:
    for kept, stored in zip(
        *(CHOICES[choice](one).within_per_second(limit_ms, ORIGIN_S, ORIGIN_S + SECONDS) for one in both),
        strict=True,
    ):
        assert np.array_equal(kept, stored)


@pytest.mark.parametrize("choice", CHOICES)
def test_blocks_and_sums_are_the_same(both: tuple[Requests, Requests], choice: str) -> None:
    kept, stored = (CHOICES[choice](requests) for requests in both)

    for start_s, length_s in ((2, 1), (2, 7), (0, 60), (60, 60), (0, 120), (7, 60)):
        blocks = (
            one.histograms_by_block(ORIGIN_S + start_s, ORIGIN_S + SECONDS - 1, length_s)
            for one in (kept, stored)
        )
        assert np.array_equal(*blocks)
    assert (kept.total, kept.max_ms()) == (stored.total, stored.max_ms())
    sums_ms = [one.sums_ms[Clock.RESPONSE][one.rows].sum() for one in (kept, stored)]
    assert sums_ms[0] == pytest.approx(sums_ms[1], rel=1e-12)  # the same numbers in another order
    assert kept.present_endpoints() == stored.present_endpoints()


@pytest.mark.parametrize("choice", CHOICES)
def test_each_endpoint_is_told_apart(both: tuple[Requests, Requests], choice: str) -> None:
    for requests in (CHOICES[choice](one) for one in both):
        found = requests.by_endpoint()

        assert tuple(found) == requests.present_endpoints()
        for endpoint, apart in found.items():
            assert apart.rows.tolist() == requests.of_endpoint(endpoint).rows.tolist()


def test_the_histograms_are_those_of_what_was_written(both: tuple[Requests, Requests]) -> None:
    """Against the plain lists of the table, row by row."""
    table = recorded()
    rows = [row for row in table.to_pylist() if row["name"] == LINEUP.name and row["second"] < ORIGIN_S + 31]
    own = [row["service_bucket"] or row["response_bucket"] for row in rows]
    counts = [row["service_count"] or row["response_count"] for row in rows]
    expected = Histogram.from_pairs(np.concatenate(own), np.concatenate(counts))

    for requests in both:
        chosen = requests.of_endpoint(LINEUP).between(ORIGIN_S, ORIGIN_S + 31)
        assert np.array_equal(chosen.histogram(Clock.SERVICE).counts, expected.counts)
        assert not np.array_equal(chosen.histogram().counts, expected.counts)


def test_whole_minutes_are_answered_without_reading_again(both: tuple[Requests, Requests]) -> None:
    """Their files may even be gone."""
    kept, stored = both
    gone = tuple(replace(one, path=Path("gone")) for one in stored.latencies.stretches)
    stored = replace(stored, latencies=replace(stored.latencies, stretches=gone))

    for requests in (kept, stored):
        minutes = requests.of_endpoint(LINEUP).between(ORIGIN_S + 60, ORIGIN_S + 180)
        assert minutes.histogram(Clock.SERVICE).total == minutes.histogram().total == 120 * 12
        blocks = requests.successes().histograms_by_block(ORIGIN_S, ORIGIN_S + 180, 60)
        assert blocks.sum() == requests.successes().between(ORIGIN_S, ORIGIN_S + 180).total
    with pytest.raises(FileNotFoundError):
        stored.between(ORIGIN_S + 1, ORIGIN_S + 90).histogram()


@given(st.lists(st.integers(0, 50) | st.integers(-(2**60), 2**60)))
def test_keys_are_numbered_whether_they_lie_close_together_or_not(keys: list[int]) -> None:
    names, place = numbered(np.array(keys, dtype=np.int64))

    assert names.tolist() == sorted(set(keys))
    assert names[place].tolist() == keys


@pytest.mark.parametrize("damage", [b"", b"more"])
def test_a_long_file_that_ends_otherwise_than_it_was_read_is_damaged(tmp_path: Path, damage: bytes) -> None:
    writer = SegmentWriter(tmp_path, Table.REQUESTS, "test")
    for batch in recorded().to_batches():
        writer.append_batch(batch)
    writer.close()
    (path,) = (tmp_path / "segments").iterdir()
    read = [stretch for stretch, _ in segments.stretches_of(tmp_path, Table.REQUESTS)]
    path.write_bytes(path.read_bytes() + damage)

    damaged = segments.damaged_segments(tmp_path, [Table.REQUESTS], read)

    assert damaged == ((path.name,) if damage else ())


def test_a_short_run_is_kept_in_memory(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, Table.REQUESTS, "test")
    for batch in recorded().to_batches():
        writer.append_batch(batch)
    writer.close()

    found = Requests.read(tmp_path, LIMITS_MS)

    assert isinstance(found.latencies, InMemory)
    assert found.endpoints == (LEAGUE, Endpoint(LINEUP.name, LINEUP.method))
