from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from preseason.campaign.shipped import slo_file
from preseason.campaign.soak.length import RESERVE_S, deadline_of, length_s, stretched
from preseason.errors import BadInputError
from preseason.slo.reading import parse_slo, read_slo

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLACE = Path("slo.yaml")


def slo(load: str) -> str:
    return f"load: {load}\nobjectives:\n  - p95 < 200 ms\n"


def test_a_clock_time_is_the_next_one() -> None:
    here = NOON.astimezone()
    later, earlier = here + timedelta(hours=2), here - timedelta(hours=2)

    assert deadline_of(f"{later:%H:%M}", NOON) == later.replace(second=0, microsecond=0)
    assert deadline_of(f"{earlier:%H:%M}", NOON) == NOON + timedelta(hours=22)


@pytest.mark.parametrize(
    ("text", "cause"), [("25:00", "no time"), ("soon", "no time"), ("2026-01-05T11:59:00+00:00", "past")]
)
def test_a_deadline_that_is_none_is_refused(text: str, cause: str) -> None:
    with pytest.raises(BadInputError, match=cause):
        deadline_of(text, NOON)


def test_a_deadline_cuts_a_load_to_whole_five_minutes_and_never_stretches_it() -> None:
    due = NOON + timedelta(hours=4)

    assert length_s(3600.0, due, NOON, 0.0) == 3600.0
    assert length_s(8 * 3600.0, due, NOON, 121.0) == 13_800.0
    with pytest.raises(BadInputError, match="leaves 30 s"):
        length_s(3600.0, NOON + timedelta(seconds=RESERVE_S + 30), NOON, 0.0)


def test_the_longest_hold_takes_up_the_difference() -> None:
    nightly = read_slo(slo_file("nightly"))
    night = stretched(nightly, 8 * 3600.0, slo_file("nightly"))

    assert [(stage.start_s, stage.end_s) for stage in night.load.stages] == [(0, 300), (300, 8 * 3600)]
    assert night.load.warmup_s == nightly.load.warmup_s
    assert night.objectives == nightly.objectives


def test_a_short_soak_shrinks_as_a_whole_and_keeps_most_of_its_time_for_judging() -> None:
    nightly = read_slo(slo_file("nightly"))
    short = stretched(nightly, 900.0, slo_file("nightly"))

    ramp, hold = short.load.stages
    assert ramp.end_s == pytest.approx(900 * 300 / 14400, abs=0.001)
    assert hold.end_s == pytest.approx(900)
    assert short.load.warmup_s == 225.0


def test_a_load_of_one_rate_gets_another_duration() -> None:
    short = parse_slo(slo("{model: open, rate: 2/s, duration: 1h, warmup: 5m}"), "slo.yaml")
    assert stretched(short, 7200.0, PLACE).load.duration_s == 7200.0


def test_a_recording_has_one_length(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("second,rate\n0,1\n60,2\n")
    place = tmp_path / "slo.yaml"
    place.write_text(slo("{model: open, stages: [{replay: rates.csv}]}"))
    with pytest.raises(BadInputError, match="one length"):
        stretched(read_slo(place), 30.0, place)
