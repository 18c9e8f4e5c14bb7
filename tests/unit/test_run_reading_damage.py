"""A finished run whose recordings are not whole says nothing; a killed one is judged as far as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from preseason.run.manifest import Status
from preseason.run.reading import read_run
from preseason.run.timeline import EventKind, read_timeline
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, synthetic_run, write_run
from preseason.verdict.judging import judge

if TYPE_CHECKING:
    from pathlib import Path

SLO = parse_slo("load: {model: open, rate: 20/s, duration: 60s}\nobjectives: [errors < 1 %]\n", "slo.yaml")


def decision(folder: Path, status: Status, spoil: str = "") -> str:
    write_run(folder, synthetic_run(60, [Traffic.steady(60, 50, 10.0)], status=status))
    for path in (folder / "segments").glob("requests-*"):
        if spoil == "cut":
            path.write_bytes(path.read_bytes()[:-20])
        elif spoil == "gone":
            path.unlink()
    return judge(read_run(folder), SLO).verdict


def test_a_whole_run_passes(tmp_path: Path) -> None:
    assert decision(tmp_path, Status.FINISHED) == "PASS"


@pytest.mark.parametrize("spoil", ["cut", "gone"])
def test_a_finished_run_with_damaged_recordings_is_invalid(tmp_path: Path, spoil: str) -> None:
    assert decision(tmp_path, Status.FINISHED, spoil) == "INVALID"


def test_a_run_that_was_killed_is_judged_as_far_as_it_came(tmp_path: Path) -> None:
    assert decision(tmp_path, Status.RUNNING, "cut") != "INVALID"


@pytest.mark.parametrize("moment", ["NaN", "1e308", "-5"])
def test_a_moment_that_cannot_be_meant_is_passed_over_like_a_line_that_was_cut_off(
    tmp_path: Path, moment: str
) -> None:
    (tmp_path / "timeline.jsonl").write_text(
        f'{{"at_s": {moment}, "kind": "load_ended", "text": "the load ended"}}\n'
        '{"at_s": 5.0, "kind": "load_started", "text": "the load began"}\n'
    )

    assert [event.kind for event in read_timeline(tmp_path)] == [EventKind.LOAD_STARTED]
