from __future__ import annotations

from dataclasses import dataclass, field

import gevent

from preseason.traffic.book import ArrivalBook
from preseason.traffic.client import HttpSession
from preseason.traffic.pulse import Pulse, users_among


@dataclass(eq=False)
class Somebody:
    """A user as far as the pulse looks at one."""

    client: HttpSession = field(default_factory=lambda: HttpSession("http://127.0.0.1"))


@dataclass
class Idle:
    book: ArrivalBook
    waiting: int = 0
    in_flight: int = 0


def sampled(pulse: Pulse, metric: str) -> float:
    rows = pulse.take("generator-0")
    return rows["value"][rows["metric"].index(metric)]


def test_a_process_that_holds_too_much_says_so_within_a_tick() -> None:
    modest, greedy = (Pulse(Idle(ArrivalBook(10.0)), list, most_bytes=limit) for limit in (1e12, 1e6))
    for pulse in (modest, greedy):
        pulse.beat()
    assert not modest.exhaustion
    assert greedy.exhaustion.endswith("GB of memory, more than the 0.0 GB that a generator may")


def test_retries_of_users_that_are_gone_still_count() -> None:
    users = [Somebody(), Somebody()]
    pulse = Pulse(Idle(ArrivalBook(10.0)), lambda: list(users), most_bytes=1e12)
    users[0].client.stale_retries = 2
    users[1].client.stale_retries = 3
    assert sampled(pulse, "stale_retries") == 5
    gone = users.pop()
    gone.client.stale_retries = 4  # its last one, after the sample above
    users.append(Somebody())
    assert sampled(pulse, "stale_retries") == 6
    assert sampled(pulse, "stale_retries") == 6


def test_connections_that_the_target_closed_while_idle_are_counted_beside_the_retries() -> None:
    users = [Somebody(), Somebody()]
    pulse = Pulse(Idle(ArrivalBook(10.0)), lambda: list(users), most_bytes=1e12)
    users[0].client.dropped_idle = 7
    assert sampled(pulse, "closed_idle") == 7
    del users[0]
    assert sampled(pulse, "closed_idle") == 7


def test_a_user_who_has_ended_is_none_although_locust_still_lists_it() -> None:
    over, present = gevent.spawn(id, "over"), gevent.Greenlet(id, "present")
    over.join()
    assert list(users_among([over, present])) == ["present"]
