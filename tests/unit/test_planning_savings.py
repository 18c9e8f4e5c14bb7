from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.planning.plan.saving import Kind, Saving, Savings
from preseason.planning.plan.savings import savings
from preseason.report.capacity import savings as told
from preseason.report.plain import THIN_SPACE
from preseason.run.indexes import Index, append_indexes
from preseason.run.reading import Run, read_run
from preseason.run.statements import Statement, append_statements
from preseason.run.timeline import Event, EventKind
from preseason.testing import ORIGIN_S, Traffic, samples_table, synthetic_run, write_run

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 100
SLO = "load: {model: open, rate: 20/s, duration: 100s, warmup: 0s}\nobjectives: [p95 < 200 ms]\n"


def recorded(folder: Path) -> Run:
    """1 000 requests of 50 ms; a reading statement takes 2 s of the database's time, a writing one 0.5 s."""
    second = np.arange(SECONDS + 1, dtype=np.float64)
    counted = samples_table(
        {
            ("postgres", "statement_exec_ms", "1"): second * 20,
            ("postgres", "statement_calls", "1"): second * 10,
            ("postgres", "statement_shared_blks_hit", "1"): second * 50,
            ("postgres", "statement_rows", "1"): second * 10,
            ("postgres", "statement_exec_ms", "2"): second * 5,
            ("postgres", "statement_calls", "2"): second,
            ("postgres", "active_ms"): second * 500,
            ("postgres", "table_rows_inserted", "public.t"): second * 3,
            ("redis", "keyspace_hits"): second * 8,
            ("redis", "keyspace_misses"): second * 2,
        },
        epoch="one",
    )
    sampled = samples_table(
        {
            ("postgres", "connections"): np.full(SECONDS, 20.0),
            ("host", "process_cpu", "platform"): np.full(SECONDS, 0.4),
        }
    )
    moments = [(EventKind.LOAD_STARTED, 0), (EventKind.LOAD_ENDED, SECONDS)]
    timeline = [Event(at_s=ORIGIN_S + at, kind=kind, text="") for kind, at in moments]
    run = synthetic_run(
        SECONDS, [Traffic.steady(SECONDS, 10, 50.0)], samples=(counted, sampled), timeline=timeline
    )
    write_run(folder, run, SLO)
    texts = {"1": "SELECT * FROM t", "2": "INSERT INTO t VALUES ($1)"}
    append_statements(folder, [Statement(queryid=one, text=text) for one, text in texts.items()])
    facts = {"at_s": ORIGIN_S, "scans": 0, "is_valid": True, "enforces": False, "size_bytes": 8192}
    index = Index.model_validate({"name": "public.i", "table": "public.t", **facts})
    append_indexes(folder, [index, index.model_copy(update={"name": "public.key", "enforces": True})])
    return read_run(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return recorded(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def found(run: Run) -> Savings:
    return savings(run)


def of(found: Savings, kind: Kind) -> list[Saving]:
    return [one for one in found.found if one.kind is kind]


def test_statements_are_told_by_their_part_of_the_databases_time(found: Savings) -> None:
    reading, writing = of(found, Kind.STATEMENT)
    assert (reading.subject, reading.spends, reading.share) == ("SELECT * FROM t", 2000, 0.8)
    assert "1e+03 calls in 1 000 requests, 5 blocks and 1 rows a call" in reading.how
    assert (writing.spends, writing.share) == (500, pytest.approx(0.2))


def test_an_unused_index_costs_room_and_writes_and_one_that_enforces_is_none(found: Savings) -> None:
    (index,) = of(found, Kind.INDEX)
    assert (index.subject, index.saves) == ("public.i of public.t", 8192)
    assert "300 entries to write in 1 000 requests" in index.how


def test_connections_that_are_never_busy_could_go(found: Savings) -> None:
    (idle,) = of(found, Kind.CONNECTIONS)
    assert idle.spends == pytest.approx(19.5)
    assert idle.saves == 16  # 0.5 busy on average: four carry that
    assert "0.5 of 20 were busy" in idle.how


def test_a_miss_costs_at_most_what_reading_statements_took(found: Savings) -> None:
    (misses,) = of(found, Kind.CACHE)
    assert misses.saves == 2000
    assert "200 of 1000 look-ups missed, each at most 10 ms" in misses.how


def test_function_time_is_said_to_be_seen_from_outside(found: Savings) -> None:
    outside, processor = of(found, Kind.FUNCTION)
    assert (outside.spends, outside.saves) == (50, None)
    assert "no Server-Timing is recorded" in outside.how
    assert processor.spends == pytest.approx(40)


def test_what_was_not_sampled_is_named_and_nothing_is_made_up() -> None:
    found = savings(synthetic_run(SECONDS, [Traffic.steady(SECONDS, 10, 50.0)]))
    assert [one.kind for one in found.found] == [Kind.FUNCTION]
    assert [reason.partition(":")[0] for reason in found.untold] == [
        "statements",
        "indexes",
        "connections",
        "cache",
    ]
    assert savings(synthetic_run(SECONDS)).untold == ("no request succeeded",)


def test_every_saving_is_said_in_its_unit(found: Savings) -> None:
    titles = [title for title, _ in told.by_kind(found)]
    assert len(titles) == 5
    rows = [told.cells(one) for one in found.found]
    assert rows[0][1:4] == (f"2{THIN_SPACE}s", f"2{THIN_SPACE}s", f"80{THIN_SPACE}%")
    assert rows[-1][2] == "not known"
