"""Readers that leave, disks that are full and streams that are closed, under the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PRESEASON = (sys.executable, "-m", "preseason.cli")
FULL = Path("/dev/full")


@pytest.mark.parametrize(
    ("words", "code"),
    [(("slo", "explain", "release"), 0), (("slo", "lint", "broken.yaml"), 2), (("version",), 0)],
)
def test_a_reader_that_leaves_changes_no_exit_code(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    (tmp_path / "broken.yaml").write_text("objectives: [p95 < 200]")
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*PRESEASON, *words], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert ended.returncode == code
    assert "roken pipe" not in ended.stderr


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_an_answer_that_a_full_disk_lost_is_said_without_a_crash() -> None:
    with FULL.open("w") as full:
        words = [*PRESEASON, "slo", "explain", "release"]
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    assert "standard output: cannot be written: No space left on device" in ended.stderr
    assert "fault of preseason" not in ended.stderr


def test_a_closed_output_changes_nothing_but_what_is_seen(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("concurrency,throughput\n1,50\n2,95\n4,170\n8,300\n")
    words = " ".join((*PRESEASON, "capacity", "fit", "points.csv"))
    ended = subprocess.run(
        f"{words} >&-", shell=True, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
