"""Tables and indexes that ask for something, and those that are as they should be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.run.indexes import Index
from preseason.run.statements import Statement
from preseason.slo.reading import parse_slo
from preseason.testing import LEAGUE, ORIGIN_S, Traffic, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Finding, FindingKind
from preseason.verdict.relations import scanned_by, tables_of

if TYPE_CHECKING:
    from preseason.run.samples import Samples
    from preseason.testing import SyntheticRun

SECONDS = 240
PLAN = """Limit (cost 9, rows 1)
  Sort (cost 8, rows 12)
    sort key: b.remark
    Seq Scan on bookings (cost 7, rows 12)
      filter: (guest = $1)"""
ASKED = (FindingKind.MISSING_INDEX, FindingKind.INVALID_INDEX, FindingKind.VACUUM_OVERDUE)


def sampled(response_ms: float = 300.0, **metrics: tuple[float, ...]) -> SyntheticRun:
    """A run in which ``metrics`` of the table were sampled at its beginning and each minute."""
    tables = []
    for metric, values in metrics.items():
        by_second = np.full(SECONDS, np.nan)
        by_second[[0, 60, 120, 180, 239]] = values
        tables.append(samples_table({("postgres", metric, "hotel.bookings"): by_second}, epoch="one"))
    traffic = [Traffic.steady(SECONDS, 10, response_ms, endpoint=LEAGUE)]
    return synthetic_run(SECONDS, traffic, samples=tables)


def scans(live_rows: float, number: float, rows_each: float, by_index: float) -> dict[str, tuple[float, ...]]:
    grown = (0.0, 0.25, 0.5, 0.75, 1.0)
    return {
        "table_live_rows": (live_rows,) * 5,
        "table_seq_scans": tuple(number * part for part in grown),
        "table_seq_rows": tuple(number * rows_each * part for part in grown),
        "table_idx_scans": tuple(by_index * part for part in grown),
    }


def asked(run: SyntheticRun) -> list[Finding]:
    slo = parse_slo(
        "load: {model: open, rate: 20/s, duration: 240s, warmup: 0s}\nobjectives: [p95 < 200 ms]\n",
        "slo.yaml",
    )
    return [finding for finding in judge(run, slo).findings if finding.kind in ASKED]


@pytest.mark.parametrize(
    ("live_rows", "number", "rows_each", "by_index", "lacking"),
    [
        (250_000, 300, 250_000, 0, 1),
        (250_000, 900, 83_000, 0, 1),  # a parallel scan counts once for each of three processes
        (9_000, 300, 9_000, 0, 0),  # rightly read from end to end
        (250_000, 3, 250_000, 0, 0),
        (250_000, 300, 20, 0, 0),  # it stopped at its limit
        (250_000, 30, 250_000, 6_000, 0),
    ],
)
def test_a_table_may_lack_an_index_that_is_large_and_read_whole_again_and_again(
    live_rows: float, number: float, rows_each: float, by_index: float, lacking: int
) -> None:
    (table,) = tables_of(sampled(**scans(live_rows, number, rows_each, by_index)).samples)
    assert table.may_lack_index == bool(lacking)
    assert (table.seq_scans, table.idx_scans) == (number, by_index)


def test_slow_requests_are_told_the_table_and_by_what_it_was_searched() -> None:
    run = replace(
        sampled(**scans(250_000, 300, 250_000, 0)), texts=(Statement(queryid="1", text="SELECT", plan=PLAN),)
    )
    (finding,) = asked(run)
    assert finding.subject == "hotel.bookings"
    assert finding.title.endswith("300 times, 250\u202f000 rows each, looking for (guest = $1)")


def test_nobody_is_told_of_a_missing_index_while_all_is_quick() -> None:
    assert asked(sampled(20.0, **scans(250_000, 300, 250_000, 0))) == []


def test_the_filter_is_that_of_the_table_and_of_no_other() -> None:
    known = {"1": Statement(queryid="1", text="", plan=PLAN)}
    assert scanned_by("hotel.bookings", known) == ("(guest = $1)",)
    assert scanned_by("hotel.bookings_old", known) == ()
    assert scanned_by("hotel.books", known) == ()


def dead(*rows: float, allowed: float = 1000.0) -> dict[str, tuple[float, ...]]:
    return {"table_dead_rows": rows, "table_dead_rows_allowed": (allowed,) * 5, "table_live_rows": (9e3,) * 5}


def overdue_s(samples: Samples) -> float:
    (table,) = tables_of(samples)
    return table.overdue_s


def test_a_table_that_autovacuum_passes_over_is_told_and_one_it_came_to_is_not() -> None:
    (finding,) = asked(sampled(20.0, **dead(500, 2000, 3000, 4000, 9000)))
    assert finding.kind is FindingKind.VACUUM_OVERDUE
    assert finding.evidence["dead_rows"] == 9000
    assert asked(sampled(20.0, **dead(2000, 3000, 4000, 500, 1200))) == []


def test_only_the_time_up_to_the_last_look_counts() -> None:
    assert overdue_s(sampled(**dead(0, 2000, 0, 2000, 2000)).samples) == 59
    assert overdue_s(sampled(**dead(0, 0, 0, 0, 900)).samples) == 0


def test_an_invalid_index_is_told_whoever_suffers() -> None:
    broken = Index(
        at_s=ORIGIN_S,
        name="hotel.i",
        table="hotel.t",
        scans=0,
        is_valid=False,
        enforces=False,
        size_bytes=8192,
    )
    unused = broken.model_copy(update={"name": "hotel.j", "is_valid": True})
    (finding,) = asked(replace(sampled(20.0), costing=(broken, unused)))
    assert (finding.kind, finding.subject) == (FindingKind.INVALID_INDEX, "hotel.i")
