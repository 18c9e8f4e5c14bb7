"""Many checks in a row."""

from __future__ import annotations

import pytest

from preseason.errors import ExitCode
from preseason.report.check import markdown, watched_lines, watched_troubles
from preseason.verdict.check.limits import Limits
from preseason.verdict.check.model import CheckReport, Row, Status, WatchReport, exit_code_of
from preseason.verdict.check.topics import Topic
from preseason.verdict.check.watching import changes, restarted, summarise

OK, WARN, FAIL, SKIPPED, NO_DATA = Status.OK, Status.WARN, Status.FAIL, Status.SKIPPED, Status.NO_DATA


def report(
    *statuses: Status, at_s: float = 0.0, failed_as: ExitCode = ExitCode.FAILED, **of: object
) -> CheckReport:
    rows = tuple(
        Row(topic=Topic.HEALTH, name=f"check {n}", status=status, cause=str(status), failed_as=failed_as)
        for n, status in enumerate(statuses)
    )
    known = {"target": "t", "began_s": at_s, "ended_s": at_s + 1, "rows": rows, "sentence": ""}
    return CheckReport(**known | {"exit_code": exit_code_of(row.exit_code for row in rows)} | of)


def watched(*statuses: Status, interrupted: bool = False, **of: ExitCode) -> WatchReport:
    reports = [report(status, at_s=10.0 * n, **of) for n, status in enumerate(statuses)]
    return summarise(reports, Limits(), interrupted=interrupted)


def test_the_first_report_tells_what_is_not_well_and_each_later_one_what_changed() -> None:
    first, second = report(OK, FAIL, WARN, SKIPPED), report(WARN, OK, WARN, SKIPPED)
    assert [(one.row.name, one.before) for one in changes(None, first)] == [
        ("check 1", None),
        ("check 2", None),
    ]
    assert [(one.row.name, one.before, one.row.status) for one in changes(first, second)] == [
        ("check 0", OK, WARN),
        ("check 1", FAIL, OK),
    ]
    assert changes(second, second) == ()


def test_a_check_that_appears_is_told_where_it_is_not_well() -> None:
    assert [one.row.name for one in changes(report(OK), report(OK, OK, FAIL))] == ["check 2"]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (
            {"uptime_s": 812.0},
            {"uptime_s": 3.0},
            "the target began anew: it is up for 3 s, and was for 812 s",
        ),
        ({"uptime_s": 812.0}, {"uptime_s": 822.0}, ""),
        ({"uptime_s": 812.0}, {"uptime_s": 811.0}, ""),
        ({"uptime_s": 812.0}, {"uptime_s": None}, ""),
        ({"platform_version": "1"}, {"platform_version": "2"}, "the target is version 2 now, and was 1"),
        ({"platform_version": "1"}, {"platform_version": ""}, ""),
    ],
)
def test_a_target_that_began_anew_is_noticed(
    before: dict[str, object], now: dict[str, object], said: str
) -> None:
    assert restarted(report(OK, **before), report(OK, **now)) == said
    assert not restarted(None, report(OK, **now))


@pytest.mark.parametrize(
    ("statuses", "status", "code"),
    [
        ([OK] * 180, OK, 0),
        ([OK] * 179 + [FAIL], FAIL, 1),
        ([OK] * 100 + [FAIL] + [OK] * 79, WARN, 0),
        ([OK] * 60 + [FAIL] + [OK] * 60 + [FAIL] + [OK] * 58, FAIL, 1),
        ([OK] * 5 + [WARN], WARN, 0),
        ([WARN] + [OK] * 5, WARN, 0),
        ([NO_DATA] + [OK] * 9, OK, 0),
        ([NO_DATA] * 2 + [OK] * 8, NO_DATA, 3),
        ([NO_DATA] * 3, NO_DATA, 3),
        ([NO_DATA] * 8 + [OK, FAIL], FAIL, 1),
        ([SKIPPED] * 3, SKIPPED, 3),
        ([SKIPPED] * 8 + [OK] * 2, OK, 0),
    ],
)
def test_a_check_is_judged_on_all_its_rounds(statuses: list[Status], status: Status, code: int) -> None:
    found = watched(*statuses)
    assert found.rows[0].status is status
    assert found.exit_code == code


def test_rounds_without_a_failure_prove_what_their_number_can_prove() -> None:
    """Of 180 good ones, the exact one-sided bound is 0.05 ** (1 / 180)."""
    (row,) = watched(*[OK] * 180).rows
    assert (row.share, row.high) == (1.0, 1.0)
    assert row.low == pytest.approx(0.05 ** (1 / 180))


def test_failures_in_a_row_count_for_less_than_as_many_apart() -> None:
    apart = ([OK] * 29 + [FAIL]) * 6
    together = [OK] * 90 + [FAIL] * 6 + [OK] * 84
    (one,), (other,) = watched(*apart).rows, watched(*together).rows
    assert one.share == other.share
    assert other.high - other.low > one.high - one.low


def test_the_worst_of_a_check_is_kept_and_why_it_is_over() -> None:
    (row,) = watched(*[OK] * 100, FAIL, *[OK] * 79).rows
    assert (row.failed, row.last, row.row.status) == (1, OK, FAIL)
    assert row.cause == "it failed, and came back: FAIL"


def test_a_target_that_is_away_at_the_end_is_unreachable() -> None:
    assert watched(OK, FAIL, failed_as=ExitCode.UNREACHABLE).exit_code is ExitCode.UNREACHABLE


def test_an_interrupted_watch_says_so_whatever_it_saw() -> None:
    found = watched(OK, FAIL, interrupted=True)
    assert (found.exit_code, found.rounds) == (ExitCode.INTERRUPTED, 2)


def test_what_only_some_rounds_had_is_summed_up_too_and_the_worst_stands_first() -> None:
    reports = [report(OK, OK), *[report(OK) for _ in range(3)], report(OK, FAIL, WARN)]
    found = summarise(reports, Limits(), interrupted=False)
    assert [(row.row.name, row.rounds) for row in found.rows] == [
        ("check 0", 5),
        ("check 1", 2),
        ("check 2", 1),
    ]
    assert [(line.name, line.status) for line in watched_lines(found)] == [
        ("check 1", FAIL),
        ("check 2", WARN),
        ("check 0", OK),
    ]


def test_a_summary_says_of_how_many_rounds_each_check_kept_how_many() -> None:
    found = watched(*[OK] * 100, FAIL, *[OK] * 79)
    (line,) = watched_lines(found)
    assert line.measured == "179 of 180 rounds"
    assert line.limit.startswith("99.4")
    (trouble,) = watched_troubles(found)
    assert trouble.cause.startswith("it failed, and came back")
    assert "179 of 180 rounds" in markdown(found)
