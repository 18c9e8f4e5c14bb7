from __future__ import annotations

from preseason.traffic.attendance import Attendance
from preseason.traffic.messages import Report


def report(process: str, *, users: int = 3, finished: bool = False, failure: str = "") -> Report:
    return Report(process, users=users, waiting=0, in_flight=0, finished=finished, failure=failure)


def present(*processes: str) -> Attendance:
    attendance = Attendance()
    attendance.begin_looking(100.0)
    for process in processes:
        attendance.hear(report(process), 100.0)
    return attendance


def test_who_is_silent_too_long_is_lost_once_and_no_longer_waited_for() -> None:
    attendance = present("generator-0", "generator-1")
    for second in range(101, 110):
        attendance.hear(report("generator-1"), float(second))
        found = list(attendance.look(float(second)))
        assert found == (
            ["generator-0 fell silent; its share of the load is missing from here on"]
            if second == 106
            else []
        )
    assert not attendance.all_finished
    attendance.hear(report("generator-1", finished=True), 110.0)
    assert attendance.all_finished


def test_who_has_finished_may_be_silent() -> None:
    attendance = present()
    attendance.hear(report("generator-0", finished=True), 100.0)
    assert [text for second in range(101, 120) for text in attendance.look(float(second))] == []


def test_nobody_is_lost_while_this_process_could_hear_nobody() -> None:
    attendance = present("generator-0", "generator-1")
    (still,) = attendance.look(112.0)
    assert still.startswith("it stood still for 12 s")
    attendance.hear(report("generator-0"), 112.5)
    attendance.hear(report("generator-1"), 112.5)
    assert list(attendance.look(113.0)) == []


def test_who_cannot_go_on_is_lost_with_its_reason_once() -> None:
    attendance = present("generator-0")
    assert (
        attendance.hear(report("generator-0", failure="no memory"), 101.0)
        == "generator-0 was stopped: no memory"
    )
    assert attendance.hear(report("generator-0", failure="no memory"), 102.0) == ""
    assert attendance.all_finished


def test_figures_are_added_up_and_reports_counted_by_when_they_came() -> None:
    attendance = present("generator-0", "generator-1")
    attendance.hear(report("generator-1", users=5), 101.0)
    assert attendance.sum("users") == 8
    assert (attendance.heard_since(99.0), attendance.heard_since(100.5)) == (2, 1)
