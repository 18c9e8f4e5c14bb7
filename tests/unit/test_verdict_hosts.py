"""Objectives about several machines: all must hold, and one that is silent lets nothing pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.run.manifest import Source
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import ORIGIN_S, Traffic, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    import pyarrow as pa

    from preseason.verdict.model import ObjectiveResult

HERE, DB, WEB = Source(name="host"), Source(name="host:db"), Source(name="host:web")
QUERIES = "prometheus: {queries: {db_cpu: a, db_io: b}}\n"


def judged(
    objective: str, table: pa.Table, *sources: Source, gaps: tuple[tuple[str, int, int], ...] = ()
) -> ObjectiveResult:
    load = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
    slo = parse_slo(f"{load}{QUERIES}objectives:\n  - {objective}\n", "slo.yaml")
    timeline = tuple(
        Event(
            at_s=ORIGIN_S + start_s,
            until_s=ORIGIN_S + end_s,
            kind=EventKind.GAP,
            source=source,
            text="no answer",
        )
        for source, start_s, end_s in gaps
    )
    run = synthetic_run(
        60, [Traffic.steady(60, 5, 10.0)], samples=[table], timeline=timeline, sources=sources
    )
    return judge(run, slo).objectives[0]


def cpu(**machines: float) -> pa.Table:
    """Each machine as busy as that all the time; ``here`` is this one."""
    return samples_table(
        {("host", "cpu", "" if name == "here" else name): np.full(60, it) for name, it in machines.items()}
    )


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        (cpu(here=0.2, db=0.5, web=0.79), Outcome.PASS),
        (cpu(here=0.2, db=0.81, web=0.5), Outcome.FAIL),
        (cpu(here=0.9, db=0.5, web=0.5), Outcome.FAIL),
    ],
)
def test_an_objective_without_a_label_must_hold_on_every_machine(table: pa.Table, outcome: Outcome) -> None:
    assert judged("cpu < 80 %", table, HERE, DB, WEB).outcome is outcome


def test_the_machine_that_breaks_it_is_named() -> None:
    found = judged("cpu < 80 %", cpu(here=0.2, db=0.85, web=0.5), HERE, DB, WEB)

    assert found.point == pytest.approx(0.85)
    assert found.reason.endswith("(db)")
    assert judged("cpu < 80 %", cpu(here=0.9, db=0.5), HERE, DB).reason.endswith("(this machine)")


def test_over_a_window_the_mean_of_each_machine_counts_and_not_that_of_all() -> None:
    found = judged("cpu < 80 % over 20s", cpu(here=0.1, db=0.9), HERE, DB)

    assert found.outcome is Outcome.FAIL
    assert found.point == pytest.approx(0.9)


def test_the_machine_of_the_load_generator_is_not_the_targets() -> None:
    assert judged("cpu < 80 %", cpu(generator=0.95, db=0.5), HERE, DB).outcome is Outcome.PASS
    alone = judged("cpu < 80 %", cpu(generator=0.5), HERE)
    assert alone.outcome is Outcome.NO_DATA
    assert "--host-metrics NAME=URL" in alone.reason


def test_a_machine_that_never_answered_keeps_the_others_from_passing_but_not_from_failing() -> None:
    silent = Source(name="host:web", absent="HTTP 500")

    found = judged("cpu < 80 %", cpu(here=0.2, db=0.5), HERE, DB, silent)

    assert found.outcome is Outcome.UNDECIDED
    assert "web told nothing of cpu" in found.reason
    assert judged("cpu < 80 %", cpu(here=0.2, db=0.9), HERE, DB, silent).outcome is Outcome.FAIL


def test_processes_are_watched_on_this_machine_alone() -> None:
    table = samples_table({("host", "process_cpu", "platform"): np.full(60, 0.5)})

    assert judged("host.process_cpu < 1", table, HERE, DB).outcome is Outcome.PASS


def test_a_machine_that_stopped_answering_is_not_outweighed_by_the_others() -> None:
    half = np.full(60, 0.5)
    half[30:] = np.nan
    table = samples_table({("host", "cpu", "db"): half, ("host", "cpu", "web"): np.full(60, 0.5)})

    assert judged("cpu < 80 %", table, DB, WEB).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("source", "outcome"), [("host:db", Outcome.UNDECIDED), ("host:cache", Outcome.PASS)]
)
def test_a_gap_of_one_machine_is_not_the_gap_of_another(source: str, outcome: Outcome) -> None:
    found = judged("cpu < 80 %", cpu(db=0.5, web=0.5), DB, WEB, gaps=((source, 10, 30),))

    assert found.outcome is outcome


@pytest.mark.parametrize(
    ("source", "outcome"), [("prometheus:db_cpu", Outcome.UNDECIDED), ("prometheus:db_io", Outcome.PASS)]
)
def test_a_gap_of_one_query_is_not_the_gap_of_another(source: str, outcome: Outcome) -> None:
    table = samples_table({("prometheus", "db_cpu", "instance=a:1"): np.full(60, 0.5)})

    assert judged("prometheus.db_cpu < 80 %", table, gaps=((source, 10, 30),)).outcome is outcome


def test_of_a_query_with_several_series_every_one_must_hold() -> None:
    table = samples_table(
        {
            ("prometheus", "db_cpu", f"instance={it}"): np.full(60, value)
            for it, value in (("a", 0.5), ("b", 0.9))
        }
    )

    found = judged("prometheus.db_cpu < 80 %", table)

    assert found.outcome is Outcome.FAIL
    assert found.reason.endswith("(instance=b)")


def test_a_query_that_gave_nothing_is_no_data_and_says_so() -> None:
    found = judged("prometheus.db_cpu < 80 %", cpu(db=0.5), Source(name="prometheus:db_cpu"))

    assert found.outcome is Outcome.NO_DATA
    assert "was asked for and gave nothing" in found.reason
    assert "--prometheus URL" in judged("prometheus.db_cpu < 80 %", cpu(db=0.5)).reason


def test_what_all_machines_counted_is_added_up_and_each_must_have_been_seen() -> None:
    whole = [3.0] * 30 + [4.0] * 31
    holey = np.array(whole)
    holey[20:] = np.nan

    def killed(on_web: object) -> pa.Table:
        return samples_table({("host", "oom_kills", "db"): whole, ("host", "oom_kills", "web"): on_web}, "a")

    assert judged("host.oom_kills <= 2", killed(whole), DB, WEB).outcome is Outcome.PASS
    assert judged("host.oom_kills <= 1", killed(whole), DB, WEB).outcome is Outcome.FAIL
    assert judged("host.oom_kills <= 2", killed(holey), DB, WEB).outcome is Outcome.UNDECIDED
