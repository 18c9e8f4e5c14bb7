from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from preseason.run.segments import FOLDER, SegmentWriter, damaged_segments, read_segments
from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from pathlib import Path


def rows(first: int, count: int) -> dict[str, list[object]]:
    numbers = range(first, first + count)
    return {
        "time": [float(number) for number in numbers],
        "source": ["redis"] * count,
        "metric": ["keyspace_hits"] * count,
        "label": [""] * count,
        "value": [float(number) for number in numbers],
        "epoch": ["a"] * count,
    }


def times(folder: Path) -> list[float]:
    return list(read_segments(folder, Table.SAMPLES)["time"].to_pylist())


def written(folder: Path, batches: int) -> Path:
    writer = SegmentWriter(folder, Table.SAMPLES, "one")
    for batch in range(batches):
        writer.append(rows(10 * batch, 10))
    writer.close()
    return next((folder / FOLDER).iterdir())


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    written(tmp_path, batches=3)

    assert times(tmp_path) == [float(number) for number in range(30)]


def test_batches_can_be_read_before_the_writer_closes(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, Table.SAMPLES, "one")
    writer.append(rows(0, 10))

    assert len(times(tmp_path)) == 10
    writer.close()


def test_a_file_cut_off_at_any_byte_reads_as_a_prefix_of_its_batches(tmp_path: Path) -> None:
    path = written(tmp_path, batches=3)
    whole = path.read_bytes()
    lengths = set()

    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        found = times(tmp_path)
        assert found == [float(number) for number in range(len(found))]
        lengths.add(len(found))

    assert lengths == {0, 10, 20, 30}


def test_a_file_with_any_byte_spoiled_never_raises(tmp_path: Path) -> None:
    path = written(tmp_path, batches=2)
    whole = bytearray(path.read_bytes())

    for place in range(0, len(whole), 7):
        spoiled = whole.copy()
        spoiled[place] ^= 0xFF
        path.write_bytes(spoiled)
        read_segments(tmp_path, Table.SAMPLES)


def test_a_spoiled_file_costs_no_other_file(tmp_path: Path) -> None:
    written(tmp_path, batches=2).write_bytes(b"not a segment")
    other = SegmentWriter(tmp_path, Table.SAMPLES, "two")
    other.append(rows(100, 5))
    other.close()

    assert times(tmp_path) == [100.0, 101.0, 102.0, 103.0, 104.0]


def test_a_writer_that_starts_again_touches_nothing_written_before(tmp_path: Path) -> None:
    first = written(tmp_path, batches=1)
    before = first.read_bytes()

    written(tmp_path, batches=1)

    assert first.read_bytes() == before
    assert len(times(tmp_path)) == 20


@pytest.mark.parametrize("table", list(Table))
def test_a_run_without_segments_has_empty_tables(tmp_path: Path, table: Table) -> None:
    found = read_segments(tmp_path, table)

    assert found.num_rows == 0
    assert found.schema.equals(SCHEMAS[table])


def test_a_segment_of_another_table_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, batches=1)
    path.rename(path.with_name("requests-one-0000.arrow"))

    assert read_segments(tmp_path, Table.REQUESTS).num_rows == 0


def test_a_file_cut_off_at_any_byte_is_damaged_and_a_closed_one_is_not(tmp_path: Path) -> None:
    path = written(tmp_path, batches=2)
    whole = path.read_bytes()
    assert damaged_segments(tmp_path, [Table.SAMPLES]) == ()

    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert damaged_segments(tmp_path, [Table.SAMPLES]) == (path.name,)


def test_a_table_without_a_file_is_damaged(tmp_path: Path) -> None:
    assert damaged_segments(tmp_path, [Table.REQUESTS]) == ("requests-*.arrow",)
