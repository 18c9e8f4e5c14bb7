from __future__ import annotations

from preseason.guardian import Process, Record, family

INIT, US, LEADER, CHILD, AWAY, ORPHAN, STRANGER = 1, 100, 200, 201, 202, 203, 300

TABLE = {
    INIT: Process(parent=0, group=1, started="0"),
    US: Process(parent=INIT, group=US, started="10"),
    LEADER: Process(parent=US, group=LEADER, started="20"),
    CHILD: Process(parent=LEADER, group=LEADER, started="21"),
    AWAY: Process(parent=CHILD, group=AWAY, started="22"),
    ORPHAN: Process(parent=INIT, group=LEADER, started="23"),
    STRANGER: Process(parent=US, group=STRANGER, started="30"),
}


def test_a_family_is_all_descendants_and_the_members_of_their_groups() -> None:
    assert set(family({LEADER: "20"}, TABLE)) == {LEADER, CHILD, AWAY, ORPHAN}


def test_a_dead_leader_s_group_is_still_its_family() -> None:
    without_leader = {pid: process for pid, process in TABLE.items() if pid != LEADER}
    assert {CHILD, AWAY, ORPHAN} <= set(family({LEADER: "20"}, without_leader))


def test_what_is_known_stays_known_after_it_has_gone() -> None:
    assert family({LEADER: "20", AWAY: "22"}, {}) == {LEADER: "20", AWAY: "22"}


def test_a_record_keeps_a_start_written_in_words() -> None:
    assert Record.parse("200 15 5.0 Mon Nov 23 21:30:00 2026") == Record(
        pid=200, stop_signal=15, grace_s=5.0, started="Mon Nov 23 21:30:00 2026"
    )
