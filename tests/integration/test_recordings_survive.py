"""Recordings outlive their writer: it is killed at any moment, and its disk fills up."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.collectors.settings import Absence
from preseason.run.extent import last_looks_s, last_samples_s
from preseason.run.samples import LOOK_METRIC
from preseason.run.segments import (
    SegmentWriter,
    damaged_segments,
    newest_segments,
    read_segments,
    stretches_in,
)
from preseason.run.tables import SCHEMAS, Table
from preseason.run.timeline import Event, EventKind, append_event, read_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

KILLS = 50
SCHEMA = SCHEMAS[Table.SAMPLES]


def samples(number: int) -> dict[str, list[object]]:
    """A batch of as many rows as a second has."""
    return {
        "time": [float(number)] * 40,
        "source": ["postgres"] * 40,
        "metric": [f"metric {place}" for place in range(40)],
        "label": ["writer"] * 40,
        "value": [float(number)] * 40,
        "epoch": [""] * 40,
    }


def write_for_ever(folder: Path, log: Path) -> None:
    """What a recorder does, as fast as it can; ``log`` has a byte for each batch that was handed over."""
    writer = SegmentWriter(folder, Table.SAMPLES, "writer")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = len(log.read_bytes())
    while True:
        writer.append(samples(number))
        append_event(folder, Event(at_s=float(number), kind=EventKind.NOTE, text="written"))
        os.write(descriptor, b".")
        number += 1


def fill(folder: Path, writer: SegmentWriter, log: Path) -> None:
    """Write until there is no room; ``log`` has a byte for each batch that was handed over."""
    with log.open("wb", buffering=0) as handed_over:
        for number in range(100_000):
            append_event(folder, Event(at_s=float(number), kind=EventKind.NOTE, text="x" * 3000))
            writer.append(samples(number))
            handed_over.write(b".")


def segments(folder: Path) -> set[Path]:
    return set(folder.glob("segments/*"))


def rows_of(tables: list[pa.Table], batches: int) -> NDArray[np.int64]:
    """How many rows are left of each of so many batches, by its number."""
    numbers = [np.zeros(0, dtype=np.int64), *(rows["time"].to_numpy().astype(np.int64) for rows in tables)]
    return np.bincount(np.concatenate(numbers), minlength=batches)[:batches]


def await_more(log: Path, before: int, writer: int) -> None:
    """Wait until the writer has handed over its first batch, on a machine that may not let it run at once."""
    deadline_s = time.monotonic() + 60
    while log.stat().st_size <= before and time.monotonic() < deadline_s:
        assert os.waitpid(writer, os.WNOHANG) == (0, 0), "the writer ended by itself"
        time.sleep(0.001)


def test_a_writer_killed_at_fifty_random_moments_loses_nothing_it_had_handed_over(tmp_path: Path) -> None:
    draw, log = random.Random(8), tmp_path / "log"
    log.touch()
    lost = 0
    for number in range(KILLS):
        before, older = len(log.read_bytes()), segments(tmp_path)
        child = os.fork()
        if child == 0:  # pragma: no cover - it is killed
            try:
                write_for_ever(tmp_path, log)
            finally:
                os._exit(1)
        if number % 3:  # a third is killed before or after it has begun to write, as it comes
            await_more(log, before, child)
        time.sleep(draw.uniform(0.0, 0.07))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        written = len(log.read_bytes())
        left = [rows for path in segments(tmp_path) - older for _, rows in stretches_in(path, SCHEMA)]
        lost += int((rows_of(left, written)[before:] < 40).sum())

    told = [event.at_s for event in read_timeline(tmp_path)]
    assert lost == 0
    assert rows_of([read_segments(tmp_path, Table.SAMPLES)], written).min() >= 40
    assert set(range(len(log.read_bytes()))) <= set(told)
    assert last_samples_s(tmp_path, "writer")["writer"] >= len(log.read_bytes()) - 1
    files = segments(tmp_path)  # some were killed before they had one
    assert len(damaged_segments(tmp_path, (Table.SAMPLES,))) == len(files) > KILLS / 2
    assert len(newest_segments(tmp_path)) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "preseason-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        if os.environ.get("CI"):
            pytest.fail("a small file system cannot be mounted here, and CI must be able to")
        pytest.skip("mounting takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.root
def test_on_a_full_disk_what_was_written_before_is_kept_and_the_next_line_is_whole(small_disk: Path) -> None:
    writer, log = SegmentWriter(small_disk, Table.SAMPLES, "writer"), small_disk.parent / "log"
    with pytest.raises(OSError, match="No space left"):
        fill(small_disk, writer, log)
    writer.abandon()
    number = len(log.read_bytes())
    ballast = min(small_disk.glob("segments/*"))
    kept = set(read_segments(small_disk, Table.SAMPLES)["time"].to_pylist())
    ballast.unlink()
    append_event(small_disk, Event(at_s=1e6, kind=EventKind.NOTE, text="there is room again"))

    assert kept >= set(map(float, range(number)))
    assert read_timeline(small_disk)[-1].text == "there is room again"


@pytest.mark.root
def test_collectors_on_a_full_disk_say_so_and_end_without_a_traceback(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"x" * 900_000)
    settings = f'{{"run_folder": "{small_disk}", "write_interval_s": 0.05, "interval_s": 0.05}}\n'
    with subprocess.Popen(
        [sys.executable, "-m", "preseason.collectors"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdin.write(settings)
        process.stdin.flush()
        said, errors = process.stdout.read(), process.stderr.read()

    assert process.returncode == 74
    assert '"event": "failed"' in said.splitlines()[-1]
    assert errors == "the run's folder cannot be written: No space left on device\n"


def looks(folder: Path, at_s: dict[str, float]) -> None:
    """One life of the collectors, in which each of these sources was seen, at its time."""
    writer = SegmentWriter(folder, Table.SAMPLES, "collectors")
    for name, time_s in at_s.items():
        metrics = [LOOK_METRIC, "something else"]
        columns = {"source": ["collectors"] * 2, "metric": metrics, "label": [name, "a label"]}
        writer.append({"time": [time_s, time_s + 1], **columns, "value": [1.0, 2.0], "epoch": ["", ""]})
    writer.close()


def test_each_source_is_known_until_it_was_seen_last_in_whichever_life_that_was(tmp_path: Path) -> None:
    looks(tmp_path, {"host": 10.0, "health": 9.0})
    looks(tmp_path, {"host": 20.0})
    looks(tmp_path, {})

    seen_s = last_looks_s(tmp_path, "collectors")
    absence = Absence(since_s=15.0, reason="killed", seen_s=seen_s)

    assert seen_s == {"host": 20.0, "health": 9.0}
    assert [absence.since_of(source) for source in ("host", "health", "redis")] == [20.0, 9.0, 15.0]
