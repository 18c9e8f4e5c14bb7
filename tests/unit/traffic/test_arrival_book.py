from __future__ import annotations

from preseason.traffic.book import Arrival, ArrivalBook


def line(book: ArrivalBook) -> dict[str, int]:
    rows = book.take()
    return {
        name: sum(rows[name]) for name in ("planned", "started", "late", "starved", "dropped", "finished")
    }


def arrival(*, starved: bool = False, lag_ms: float = 0.0) -> Arrival:
    return Arrival("lineup", due_s=100.0, second=1_700_000_000, starved=starved, lag_ms=lag_ms)


def test_an_arrival_is_late_when_it_lags_though_a_user_was_free() -> None:
    book = ArrivalBook(late_ms=10.0)
    book.started(arrival(lag_ms=10.1))
    book.started(arrival(lag_ms=9.9))

    assert line(book)["late"] == 1


def test_an_arrival_that_found_no_user_free_is_starved_and_not_late() -> None:
    book = ArrivalBook(late_ms=10.0)
    book.started(arrival(starved=True, lag_ms=500.0))

    assert line(book) == {"planned": 0, "started": 1, "late": 0, "starved": 1, "dropped": 0, "finished": 0}


def test_a_dropped_arrival_keeps_its_reason() -> None:
    book = ArrivalBook(late_ms=10.0)
    book.dropped(arrival(starved=True))
    book.dropped(arrival())

    counts = line(book)
    assert (counts["dropped"], counts["starved"]) == (2, 1)


def test_what_was_taken_is_not_taken_again() -> None:
    book = ArrivalBook(late_ms=10.0)
    book.planned(arrival())
    book.finished(arrival(), 1_700_000_001, 42.0)

    first, second = book.take(), book.take()

    assert sum(first["planned"]) == 1
    assert sum(first["journey_sum_ms"]) == 42.0
    assert second["second"] == []
