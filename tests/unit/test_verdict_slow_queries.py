"""Slow statements from what a server keeps: never more than was there, never fewer than there may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.samples import Samples
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import ORIGIN_S, Traffic, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome
from preseason.verdict.slow_executions import slow_executions

if TYPE_CHECKING:
    import pyarrow as pa

    from preseason.verdict.model import ObjectiveResult

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
EVERY_S = 10
#: What ran in each of the six intervals of the minute, milliseconds; with some history before.
Executions = list[list[float]]
CALM: Executions = [[5.0] * 100] * 6
HISTORY = 2e8


def at_snapshots(values: list[float]) -> np.ndarray:
    """One value a snapshot, from the start of the load to its end."""
    series = np.full(61, np.nan)
    series[::EVERY_S] = values
    return series


def statement(executions: Executions, *, longest_before: float | None = None) -> pa.Table:
    """The counters of one statement; its longest only where its history is known."""
    grown = {
        "statement_calls": [len(ran) for ran in executions],
        "statement_exec_ms": [sum(ran) for ran in executions],
        "statement_square_ms2": [sum(time**2 for time in ran) for ran in executions],
    }
    values = {
        ("postgres", metric, "1"): at_snapshots([HISTORY, *(HISTORY + np.cumsum(growth)).tolist()])
        for metric, growth in grown.items()
    }
    if longest_before is not None:
        longest = np.maximum.accumulate([longest_before, *(max(ran, default=0) for ran in executions)])
        values["postgres", "statement_longest_ms", "1"] = at_snapshots(longest.tolist())
    return samples_table(values, "e")


def watched(slowest_active_s: float = 0.0, **about: float) -> pa.Table:
    """A source that sees everything, but for what ``about`` says of its snapshots."""
    seen = {"statements": 1.0, "statements_hidden": 0.0, "statements_lost": 0.0, **about}
    running = np.zeros(61)
    running[30] = slowest_active_s
    gauges = {("postgres", metric): at_snapshots([value] * 7) for metric, value in seen.items()}
    return samples_table(
        {
            **gauges,
            ("postgres", "slowest_active_s"): running,
            ("postgres", "slow_active"): (running > 1).astype(float),
        }
    )


KEPT = samples_table({("postgres", "dealloc"): np.zeros(61)}, "e")


def log(
    durations_ms: dict[int, float] = {},  # noqa: B006 - is not changed
    *,
    phase: str = "statement",
    complete_from_ms: float = 1000.0,
    until_s: int = 60,
    lost: float = 0.0,
) -> pa.Table:
    """A log that was read every ten seconds, with what ended in some seconds of the minute."""
    looks = np.full(61, np.nan)
    looks[: until_s + 1 : EVERY_S] = 1.0
    ended = np.full(61, np.nan)
    for second, took_ms in durations_ms.items():
        ended[second] = took_ms
    losses = looks * 0.0
    losses[20] = lost
    return samples_table(
        {
            ("postgres", "log_complete_from_ms"): looks * complete_from_ms,
            ("postgres", "log_lost"): losses,
            ("postgres", f"logged_{phase}_ms", "1"): ended,
        }
    )


def judged(objective: str, *samples: pa.Table, timeline: tuple[Event, ...] = ()) -> ObjectiveResult:
    slo = parse_slo(f"{LOAD}objectives:\n  - {objective}\n", "slo.yaml")
    run = synthetic_run(60, [Traffic.steady(60, 5, 10.0)], samples=samples, timeline=timeline)
    return judge(run, slo).objectives[0]


@pytest.mark.parametrize(
    ("objective", "executions", "outcome"),
    [
        ("slow_queries(1 s) == 0", CALM, Outcome.PASS),
        ("slow_queries(1 s) == 0", [*CALM[:5], [1.0] * 999 + [5000.0]], Outcome.FAIL),
        ("slow_queries(1 s) == 0", [[20.0] * 10_000] * 6, Outcome.UNDECIDED),
        ("slow_queries(1 s) <= 30", [[20.0] * 10_000] * 6, Outcome.PASS),
        ("slow_queries(1 s) <= 2", [[], [], [3000.0], [2000.0], [1500.0], []], Outcome.FAIL),
        ("slow_queries(1 s) <= 3", [[], [], [1500.0], [1200.0], [1500.0], []], Outcome.PASS),
        ("slow_queries(1 s) == 3", [[], [], [1500.0], [1200.0], [1900.0], []], Outcome.PASS),
        ("slow_queries(250 ms) == 0", CALM, Outcome.PASS),
        ("slow_queries(4 ms) == 0", CALM, Outcome.FAIL),
    ],
)
def test_slow_statements_are_judged_by_sums_of_what_ran(
    objective: str, executions: Executions, outcome: Outcome
) -> None:
    assert judged(objective, watched(), KEPT, statement(executions)).outcome is outcome


def test_the_longest_since_ever_clears_a_busy_statement_and_convicts_it_once_it_rises() -> None:
    busy: Executions = [[20.0] * 10_000] * 6
    one_slow: Executions = [*busy[:5], [20.0] * 10_000 + [1200.0]]

    def outcome(executions: Executions, longest_before: float) -> Outcome:
        samples = (watched(), KEPT, statement(executions, longest_before=longest_before))
        return judged("slow_queries(1 s) == 0", *samples).outcome

    assert outcome(busy, 900.0) is Outcome.PASS
    assert outcome(one_slow, 900.0) is Outcome.FAIL
    assert outcome(busy, 5000.0) is Outcome.UNDECIDED


def test_a_statement_that_is_seen_running_for_so_long_fails_whatever_else_is_known() -> None:
    running = watched(slowest_active_s=1.7, statements=np.nan)
    found = judged("slow_queries(1 s) == 0", running)
    assert (found.outcome, found.point) == (Outcome.FAIL, 1.0)
    assert "1.7 s" in found.reason


@pytest.mark.parametrize(
    ("samples", "missing"),
    [
        ((watched(statements=np.nan), KEPT), "pg_stat_statements was not read"),
        ((watched(statements_hidden=3), KEPT), "may not see"),
        ((watched(statements_lost=1), KEPT), "evicted or reset"),
        ((watched(),), "evicted or reset"),
        ((watched(), samples_table({("postgres", "dealloc"): np.arange(61)}, "e")), "evicted or reset"),
    ],
)
def test_no_pass_where_a_slow_statement_may_have_been_missed(
    samples: tuple[pa.Table, ...], missing: str
) -> None:
    found = judged("slow_queries(1 s) == 0", *samples, statement(CALM))
    assert found.outcome is Outcome.UNDECIDED
    assert missing in found.reason
    assert found.needs


def test_no_pass_with_any_gap_and_no_data_without_the_source() -> None:
    lost = Event(
        at_s=ORIGIN_S + 20, until_s=ORIGIN_S + 21, kind=EventKind.GAP, source="postgres", text="lost"
    )
    found = judged("slow_queries(1 s) == 0", watched(), KEPT, statement(CALM), timeline=(lost,))
    assert (found.outcome, "gap" in found.reason) == (Outcome.UNDECIDED, True)
    assert judged("slow_queries(1 s) == 0").outcome is Outcome.NO_DATA


def test_what_ran_partly_before_the_judged_time_may_but_need_not_count() -> None:
    samples = Samples.of(statement([[], [2000.0], [], [], [], []]))
    across = slow_executions(samples, 1000.0, ORIGIN_S + 15, ORIGIN_S + 60)
    assert (across.low, across.high) == (0, 1)
    assert slow_executions(samples, 1000.0, ORIGIN_S + 20, ORIGIN_S + 60).high == 0


BUSY: Executions = [[20.0] * 10_000] * 6


@pytest.mark.parametrize(
    ("objective", "logged_ms", "outcome"),
    [
        ("slow_queries(1 s) == 0", {}, Outcome.PASS),
        ("slow_queries(1 s) == 0", {30: 1000.0}, Outcome.FAIL),
        ("slow_queries(2 s) == 0", {30: 1999.0}, Outcome.PASS),
        ("slow_queries(1 s) == 2", {30: 1000.0, 31: 9000.0}, Outcome.PASS),
        ("slow_queries(1 s) <= 1", {30: 1000.0, 31: 9000.0}, Outcome.FAIL),
        ("slow_queries(900 ms) == 0", {}, Outcome.UNDECIDED),
    ],
)
def test_where_the_log_was_read_each_slow_statement_counts_once_and_no_other(
    objective: str, logged_ms: dict[int, float], outcome: Outcome
) -> None:
    found = judged(objective, watched(), KEPT, statement(BUSY), log(logged_ms))
    assert found.outcome is outcome
    assert "log" in found.reason or outcome is Outcome.UNDECIDED


def test_with_the_log_statements_need_not_be_in_the_sums_nor_the_counters_go_on() -> None:
    began_anew = Event(
        at_s=ORIGIN_S + 20,
        until_s=ORIGIN_S + 21,
        kind=EventKind.GAP,
        source="postgres",
        text="reset",
        facts={"lost": False},
    )
    unsummed = watched(statements=np.nan)
    assert judged("slow_queries(1 s) == 0", unsummed, log(), timeline=(began_anew,)).outcome is Outcome.PASS
    lost = began_anew.model_copy(update={"facts": {"lost": True}})
    assert judged("slow_queries(1 s) == 0", unsummed, log(), timeline=(lost,)).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("read", "missing"),
    [
        (log(until_s=50), "not read for the whole time"),
        (log(complete_from_ms=5000.0), "only what takes 5 s or more"),
        (log(lost=1.0), "could not be read"),
        (log(complete_from_ms=np.nan), "has not all"),
    ],
    ids=["ended early", "logs less", "lost", "samples"],
)
def test_no_pass_by_a_log_that_may_have_more(read: pa.Table, missing: str) -> None:
    found = judged("slow_queries(1 s) == 0", watched(statements=np.nan), read)
    assert found.outcome is Outcome.UNDECIDED
    assert missing in found.reason
    assert judged("slow_queries(1 s) == 0", watched(), KEPT, statement(CALM), read).outcome is Outcome.PASS


def test_what_a_log_with_holes_has_is_certain_all_the_same() -> None:
    read = log({40: 2000.0}, lost=1.0)
    found = judged("slow_queries(1 s) == 0", watched(), KEPT, statement(BUSY), read)
    assert (found.outcome, found.point) == (Outcome.FAIL, 1.0)


def test_what_is_seen_running_and_was_logged_is_one_and_what_was_not_is_another() -> None:
    running = watched(slowest_active_s=1.7)
    both = judged("slow_queries(1 s) == 1", running, log({31: 2500.0}))
    assert (both.outcome, both.point, both.high) == (Outcome.PASS, 1.0, 1.0)
    ended_in_an_error = judged("slow_queries(1 s) == 2", running, log({50: 2500.0}))
    assert (ended_in_an_error.outcome, ended_in_an_error.point) == (Outcome.PASS, 2.0)


def test_a_long_preparation_may_be_a_slow_statement_or_belong_to_one() -> None:
    prepared = log({31: 1200.0}, phase="preparation")
    found = judged("slow_queries(1 s) == 0", watched(), prepared)
    assert (found.outcome, found.low, found.high) == (Outcome.UNDECIDED, 0.0, 1.0)
    assert judged("slow_queries(1 s) <= 1", watched(), prepared).outcome is Outcome.PASS


def test_a_plan_that_was_logged_is_of_a_slow_statement() -> None:
    planned = log({31: 1200.0}, phase="plan", complete_from_ms=np.nan)
    found = judged("slow_queries(1 s) == 0", watched(), KEPT, statement(CALM), planned)
    assert (found.outcome, found.point) == (Outcome.FAIL, 1.0)


@given(
    st.lists(st.lists(st.floats(0.01, 1e5), max_size=20), min_size=6, max_size=6),
    st.floats(1.0, 1e5),
    st.one_of(st.none(), st.floats(0.0, 1e5)),
)
def test_the_true_number_is_always_within_the_bounds(
    executions: Executions, threshold_ms: float, longest_before: float | None
) -> None:
    samples = Samples.of(statement(executions, longest_before=longest_before))
    found = slow_executions(samples, threshold_ms, ORIGIN_S, ORIGIN_S + 60)
    near = 1e-6 * threshold_ms + 1e-3
    times = np.array([time for ran in executions for time in ran])
    assert found.low <= np.count_nonzero(times >= threshold_ms - near)
    assert found.high >= np.count_nonzero(times >= threshold_ms + near)
