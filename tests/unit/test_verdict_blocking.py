"""Holds: who was in front, who stood behind, and for how long, from the edges of each look."""

from __future__ import annotations

from preseason.run.blocking import BlockingEdge, Session
from preseason.verdict.blocking import holds_of


def edge(at_s: float, waiting: int, blocker: int, waited_s: float = 1.0) -> BlockingEdge:
    return BlockingEdge(
        at_s=at_s, waiting=Session(pid=waiting), blocker=Session(pid=blocker, state_s=at_s), waited_s=waited_s
    )


def test_a_chain_is_one_hold_of_whoever_waits_for_nobody() -> None:
    (hold,) = holds_of([edge(10, 2, 1, 3.0), edge(10, 3, 2), edge(11, 2, 1, 4.0), edge(11, 3, 2, 2.0)])
    assert hold.front.pid == 1
    assert (hold.most_behind, hold.longest_wait_s) == (2, 4.0)
    assert (hold.at_s, hold.until_s) == (7.0, 11)
    assert not hold.is_cycle


def test_two_in_front_are_two_holds_and_who_waits_for_both_stands_behind_each() -> None:
    first, second = holds_of([edge(10, 3, 1), edge(10, 3, 2), edge(10, 4, 2)])
    assert {first.front.pid: first.most_behind, second.front.pid: second.most_behind} == {1: 1, 2: 2}


def test_a_pause_ends_a_hold() -> None:
    assert [hold.until_s for hold in holds_of([edge(10, 2, 1), edge(12, 2, 1), edge(20, 2, 1)])] == [12, 20]


def test_sessions_that_wait_for_each_other_are_a_cycle_with_all_that_hangs_on_it() -> None:
    (hold,) = holds_of([edge(10, 2, 1), edge(10, 1, 2), edge(10, 3, 2)])
    assert hold.is_cycle
    assert hold.most_behind == 3


def test_a_cycle_beside_a_chain_is_a_hold_of_its_own() -> None:
    holds = holds_of([edge(10, 2, 1), edge(10, 6, 5), edge(10, 5, 6)])
    assert [(hold.front.pid, hold.is_cycle) for hold in holds] == [(1, False), (5, True)]


def test_a_prepared_transaction_is_in_front_of_whom_it_holds_up() -> None:
    (hold,) = holds_of([edge(10, 7, 0)])
    assert hold.front.pid == 0
