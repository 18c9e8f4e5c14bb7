"""A drill judged: what must come back, in time, and from how long ago."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preseason.errors import ExitCode
from preseason.verdict.drill.facts import Backup, Census, Drilled, Fault, Format, Timed, Untouched
from preseason.verdict.drill.judging import judge
from preseason.verdict.drill.model import DrillReport, Row, Status
from preseason.verdict.drill.wording import elapsed

NOW_S = 1_796_000_000.0
THERE = Census(
    version="15.18",
    rows={"public.teams": 100, "public.trades": 2500},
    constraints={"public.teams.teams_pkey (p)": True, "public.trades.fk (f)": True},
    indexes={"public.teams_pkey": True, "public.trades_at": True},
    sequences={"public.teams_id_seq": 100},
    extensions={"pg_stat_statements": "1.10"},
    others={"views": frozenset({"public.standings"})},
)
DRILLED = Drilled(
    source="postgresql://127.0.0.1:5432/astral",
    scratch="a throw-away Postgres 18.1",
    tools="pg_dump 18",
    steps=(Timed("dump", 900.0), Timed("create", 1.0), Timed("restore", 60.0), Timed("verify", 2.0)),
    now_s=NOW_S,
    expected=THERE,
    sequences_after={"public.teams_id_seq": 104},
    restored=replace(THERE, sequences={"public.teams_id_seq": 102}),
    untouched=Untouched(read_only=True, schema_same=True, written=0, sessions_left=0),
)
BACKUP = Backup("night.dump", Format.CUSTOM, 4_000_000, NOW_S - 1800, "its own header", tables=2)
EXISTING = replace(DRILLED, existing=True, backups=(BACKUP,), tried=BACKUP, expected=None, untouched=None)


def judged(drilled: Drilled, rto_s: float = 1800, rpo_s: float = 3600) -> DrillReport:
    return judge(drilled, rto_s, rpo_s)


def row(report: DrillReport, name: str) -> Row:
    return next(one for one in report.rows if one.name.startswith(name))


def test_what_comes_back_whole_and_in_time_passes() -> None:
    report = judged(DRILLED)
    assert report.exit_code is ExitCode.PASS
    assert report.sentence == "The backup restores: 2600 rows in 2 tables, verified"
    assert (
        row(report, "RTO database").said
        == "1 min 03 s from the backup to a verified database, on this machine"
    )


def test_the_dump_is_no_part_of_the_recovery() -> None:
    assert row(judged(DRILLED), "RTO database").value_s == 63
    late = judged(DRILLED, rto_s=62)
    assert (late.exit_code, row(late, "RTO database").status) == (ExitCode.FAILED, Status.FAIL)


def restored(**changes: Any) -> Drilled:  # noqa: ANN401 - any field
    assert DRILLED.restored is not None
    return replace(DRILLED, restored=replace(DRILLED.restored, **changes))


@pytest.mark.parametrize(
    ("drilled", "name", "said"),
    [
        (restored(rows={**THERE.rows, "public.teams": 99}), "row counts", "public.teams: 99 of 100"),
        (restored(rows={"public.teams": 100}), "row counts", "public.trades: missing of 2500"),
        (restored(rows={**THERE.rows, "public.more": 1}), "row counts", "public.more: 1 of None"),
        (
            restored(constraints={"public.teams.teams_pkey (p)": True}),
            "constraints",
            "lacks public.trades.fk",
        ),
        (
            restored(constraints={**THERE.constraints, "public.trades.fk (f)": False}),
            "constraints",
            "not validated: public.trades.fk",
        ),
        (restored(indexes={"public.teams_pkey": True}), "indexes", "lacks public.trades_at"),
        (
            restored(indexes={**THERE.indexes, "public.trades_at": False}),
            "indexes",
            "not valid: public.trades_at",
        ),
        (restored(sequences={}), "sequences", "lacks public.teams_id_seq"),
        (restored(sequences={"public.teams_id_seq": 99}), "sequences", "at another value"),
        (restored(sequences={"public.teams_id_seq": None}), "sequences", "at another value"),
        (restored(extensions={}), "extensions", "lacks pg_stat_statements"),
        (restored(others={}), "other objects", "lacks views public.standings"),
    ],
)
def test_whatever_does_not_come_back_fails(drilled: Drilled, name: str, said: str) -> None:
    report = judged(drilled)
    found = row(report, name)
    assert (report.exit_code, found.status) == (ExitCode.FAILED, Status.FAIL)
    assert said in found.said


def test_what_was_unsound_in_the_source_is_said_and_fails_nothing() -> None:
    assert DRILLED.restored is not None
    unsound = {**THERE.constraints, "public.trades.late (c)": False}
    broken = {**THERE.indexes, "public.broken": False}  # a dump leaves it out
    source = replace(THERE, constraints=unsound, indexes=broken)
    report = judged(
        replace(DRILLED, expected=source, restored=replace(DRILLED.restored, constraints=unsound))
    )
    assert report.exit_code is ExitCode.PASS
    assert "not validated in the source: public.trades.late (c)" in row(report, "constraints").said
    assert "not valid in the source: public.broken" in row(report, "indexes").said


def test_where_nothing_was_restored_the_rest_is_unknown_and_the_drill_fails() -> None:
    report = judged(replace(DRILLED, restored=None, failure="pg_restore: error: out of disk"))
    assert report.exit_code is ExitCode.FAILED
    assert row(report, "restorable").said == "pg_restore: error: out of disk"
    assert row(report, "row counts").status is Status.NO_DATA
    assert row(report, "RTO database").status is Status.FAIL


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (Untouched(read_only=True, schema_same=True, written=7, sessions_left=0), Status.OK),
        (Untouched(read_only=True, schema_same=False, written=7, sessions_left=0), Status.NOTE),
        (Untouched(read_only=False, schema_same=True, written=0, sessions_left=0), Status.FAIL),
        (Untouched(read_only=True, schema_same=True, written=None, sessions_left=1), Status.FAIL),
    ],
)
def test_the_source_is_seen_to_be_untouched(seen: Untouched, status: Status) -> None:
    assert row(judged(replace(DRILLED, untouched=seen)), "source untouched").status is status


def test_the_age_of_what_came_back_is_the_recovery_point() -> None:
    report = judged(EXISTING)
    assert report.exit_code is ExitCode.PASS
    assert row(report, "RPO database 1 h").said == "what came back is 30 min old, by its own header"
    too_old = judged(EXISTING, rpo_s=1799)
    assert (too_old.exit_code, row(too_old, "RPO user data").status) == (ExitCode.FAILED, Status.FAIL)


def test_a_broken_newest_backup_fails_though_an_older_one_came_back() -> None:
    broken = replace(BACKUP, place="newest.dump", made_s=NOW_S - 60, fault=Fault.TRUNCATED)
    report = judged(replace(EXISTING, backups=(broken, BACKUP)))
    assert report.exit_code is ExitCode.FAILED
    assert row(report, "readable").said == "newest.dump: truncated"
    assert row(report, "restorable").said.startswith("night.dump: ")


def test_backups_a_day_apart_are_noted_and_one_from_the_future_is_no_proof() -> None:
    daily = replace(BACKUP, place="yesterday.dump", made_s=NOW_S - 1800 - 86_400)
    report = judged(replace(EXISTING, backups=(BACKUP, daily)))
    assert report.exit_code is ExitCode.PASS
    assert row(report, "time between").status is Status.NOTE
    assert "1 d" in row(report, "time between").said
    early = replace(BACKUP, made_s=NOW_S + 3600)
    assert judged(replace(EXISTING, backups=(early,), tried=early)).exit_code is ExitCode.UNDECIDED


def test_a_backup_is_complete_if_it_has_every_table_that_there_is() -> None:
    assert row(judged(replace(EXISTING, expected=THERE)), "complete").status is Status.OK
    more = replace(THERE, rows={**THERE.rows, "public.waivers": 3})
    assert row(judged(replace(EXISTING, expected=more)), "complete").said == "lacks public.waivers"
    assert EXISTING.restored is not None
    emptied = replace(EXISTING.restored, rows={"public.teams": 0, "public.trades": 2500})
    report = judged(replace(EXISTING, expected=THERE, restored=emptied))
    assert "no row in public.teams" in row(report, "complete").said
    nothing = replace(EXISTING.restored, rows={})
    assert judged(replace(EXISTING, restored=nothing)).exit_code is ExitCode.FAILED


def test_the_other_objectives_of_the_manual_are_listed_with_what_proves_them() -> None:
    elsewhere = {one.name for one in judged(DRILLED).rows if one.status is Status.ELSEWHERE}
    assert elsewhere >= {
        "RTO critical systems 1 h",
        "RTO application 15 min",
        "RTO static assets 5 min",
        "RPO configuration 24 h",
        "RPO application code 0",
    }


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.42, "0.4 s"),
        (3, "3 s"),
        (47, "47 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_times_are_told_as_people_read_them(seconds: float, told: str) -> None:
    assert elapsed(seconds) == told
