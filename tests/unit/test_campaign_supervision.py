from __future__ import annotations

from preseason.campaign.holding import target_lock
from preseason.campaign.soak.supervision import WAITS_S, WELL_S, Backoff


def test_losses_in_a_row_are_waited_for_longer_and_longer_up_to_a_bound() -> None:
    backoff, waits = Backoff(), []
    now_s = 100.0
    for _ in range(len(WAITS_S) + 3):
        backoff.start(now_s)
        backoff.lose(now_s)
        waits.append(next(wait for wait in WAITS_S if backoff.is_due(now_s + wait)))
        assert not backoff.is_due(now_s + waits[-1] - 0.01)

    assert waits == [*WAITS_S, *[WAITS_S[-1]] * 3]


def test_a_process_that_was_well_for_a_while_is_started_again_at_once() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.start(0.0)
        backoff.lose(0.0)
    backoff.start(100.0)
    backoff.lose(100.0 + WELL_S)

    assert backoff.is_due(100.0 + WELL_S + WAITS_S[0])


def test_a_target_has_one_lock_however_its_address_is_written() -> None:
    same = (
        "http://localhost:8000",
        "http://127.0.0.1:8000/",
        "http://127.0.0.1:8000/app",
        "http://[::1]:8000",
    )
    assert len({target_lock(url) for url in same}) == 1
    assert target_lock("http://a.example") == target_lock("http://a.example:80/x")
    assert target_lock("https://a.example") != target_lock("http://a.example")
