"""A load that was broken off and went on: what is judged, and what is not."""

from __future__ import annotations

import numpy as np

from preseason.run.manifest import Status
from preseason.run.timeline import Event, EventKind, load_ended_s
from preseason.slo.reading import parse_slo
from preseason.testing import ORIGIN_S, Traffic, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Decision, FindingKind, Outcome, Verdict

LENGTH_S = 600
LOAD = f"load: {{model: open, rate: 20/s, duration: {LENGTH_S}s, warmup: 0s}}\n"


def broken_off(start_s: int, end_s: int, *objectives: str, slow: tuple[int, int] = (0, 0)) -> Verdict:
    """A run without load in these seconds; what users sent while they logged in is slow."""
    seconds = np.repeat(np.arange(LENGTH_S), 20)
    made = (seconds < start_s) | (seconds >= end_s - 5)
    latency = np.where((seconds >= end_s - 5) & (seconds < end_s), 5000.0, 10.0)
    latency = np.where((seconds >= slow[0]) & (seconds < slow[1]), 5000.0, latency)
    gap = Event(
        at_s=ORIGIN_S + start_s,
        until_s=ORIGIN_S + end_s,
        kind=EventKind.GAP,
        source="generator",
        text="the traffic process was killed by signal 9",
    )
    resumed = Event(at_s=ORIGIN_S + end_s, kind=EventKind.RESUMED, text="the load went on")
    run = synthetic_run(
        LENGTH_S,
        [Traffic.of(seconds[made], latency[made])],
        timeline=(gap, resumed),
        status=Status.RESUMED,
    )
    listed = "".join(f"  - {objective}\n" for objective in objectives or ("p95 < 200 ms",))
    return judge(run, parse_slo(f"{LOAD}objectives:\n{listed}", "slo.yaml"))


def test_what_happens_while_no_load_is_made_is_not_judged() -> None:
    verdict = broken_off(100, 140, "p99 < 200 ms", "max < 200 ms", "errors < 1 %", "rate > 19/s")

    assert [result.outcome for result in verdict.objectives] == [Outcome.PASS] * 4
    assert "without the 40 seconds in which no load was made" in verdict.objectives[0].reason
    assert verdict.verdict is Decision.PASS
    told = [finding.title for finding in verdict.findings if finding.kind is FindingKind.GAP]
    assert told == ["no load was made: the traffic process was killed by signal 9"]


def test_too_much_missing_decides_nothing_good_or_bad() -> None:
    good = broken_off(100, 300)
    bad = broken_off(100, 300, slow=(300, 500))

    for verdict in (good, bad):
        assert verdict.objectives[0].outcome is Outcome.UNDECIDED
        assert "for 66.7 % of the judged time; it takes at least 90 %" in verdict.objectives[0].reason


def test_windows_that_the_gap_takes_are_passed_over() -> None:
    kept = broken_off(100, 140, "p95 < 200 ms over 1m")
    broken = broken_off(100, 140, "p95 < 200 ms over 1m", slow=(300, 360))

    assert kept.objectives[0].outcome is Outcome.PASS
    assert broken.objectives[0].outcome is Outcome.FAIL


def test_a_load_that_went_on_has_not_ended() -> None:
    def event(at_s: float, kind: EventKind) -> Event:
        return Event(at_s=at_s, kind=kind, text="")

    first, again, last = (
        event(5, EventKind.LOAD_ENDED),
        event(9, EventKind.RESUMED),
        event(20, EventKind.LOAD_ENDED),
    )
    assert load_ended_s((first,)) == 5
    assert load_ended_s((first, again)) is None
    assert load_ended_s((first, again, last)) == 20
