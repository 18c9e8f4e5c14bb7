from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.run import compaction
from preseason.run.compaction import compact
from preseason.run.segments import FOLDER, SegmentWriter, damaged_segments, read_segments
from preseason.run.tables import Table
from preseason.testing import Traffic, requests_table

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 300


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five minutes of one endpoint, a batch a second, long enough to be made smaller."""
    monkeypatch.setattr(compaction, "_LEAST_BYTES", 0)
    latencies = np.random.default_rng(1).lognormal(4, 0.5, SECONDS * 20)
    table = requests_table([Traffic.steady(SECONDS, 20, latencies)], [200.0])
    writer = SegmentWriter(tmp_path, Table.REQUESTS, "test")
    for batch in table.to_batches(max_chunksize=1):
        writer.append_batch(batch)
    writer.close()
    return tmp_path


def segment(folder: Path) -> Path:
    (path,) = (folder / FOLDER).iterdir()
    return path


def test_a_run_that_is_over_takes_half_the_room_and_says_the_same(recorded: Path) -> None:
    before, size_bytes = read_segments(recorded, Table.REQUESTS), segment(recorded).stat().st_size

    compact(recorded)

    assert read_segments(recorded, Table.REQUESTS).equals(before)
    assert segment(recorded).stat().st_size < size_bytes / 2
    assert damaged_segments(recorded, [Table.REQUESTS]) == ()


def test_making_it_smaller_twice_changes_nothing(recorded: Path) -> None:
    compact(recorded)
    once = segment(recorded).read_bytes()

    compact(recorded)

    assert segment(recorded).read_bytes() == once


@pytest.mark.parametrize("damage", ["cut off", "spoiled", "not closed", "followed by something"])
def test_a_damaged_file_is_left_alone(recorded: Path, damage: str) -> None:
    path = segment(recorded)
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "cut off": whole[:middle],
            "spoiled": whole[:middle] + b"\x00" * 200 + whole[middle + 200 :],
            "not closed": whole[:-8],
            "followed by something": whole + b"more",
        }[damage]
    )
    damaged = path.read_bytes()

    compact(recorded)

    assert segment(recorded).read_bytes() == damaged


def test_short_files_are_left_alone(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "_LEAST_BYTES", 10**9)
    before = segment(recorded).read_bytes()

    compact(recorded)

    assert segment(recorded).read_bytes() == before


def test_a_run_without_recordings_has_nothing_to_make_smaller(tmp_path: Path) -> None:
    compact(tmp_path)

    assert not list(tmp_path.iterdir())
