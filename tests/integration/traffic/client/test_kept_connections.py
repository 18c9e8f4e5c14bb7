from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import gevent
import pytest
from client_sessions import await_word, kind
from raw_server import Peer, RawServer, say, serve, until_received

from preseason.traffic.client import Failure, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from client_sessions import Sessions


def test_one_connection_serves_a_user_that_asks_one_thing_at_a_time(session_to: Sessions) -> None:
    with RawServer(serve) as server:
        session = session_to(server.url)
        assert [session.get(f"/{number}").body for number in range(20)] == [b"ok"] * 20
    assert server.connections == 1


def test_greenlets_that_share_a_session_do_not_mix_their_answers(session_to: Sessions) -> None:
    def echo(peer: Peer) -> None:
        while request := peer.read_request():
            peer.answer(request.split()[1])

    with RawServer(echo) as server:
        session = session_to(server.url)

        def ask(number: int) -> list[bytes]:
            return [session.get(f"/{number}/{turn}").body for turn in range(20)]

        greenlets = [gevent.spawn(ask, number) for number in range(6)]
        gevent.joinall(greenlets, timeout=60)
        for number, greenlet in enumerate(greenlets):
            assert greenlet.value == [f"/{number}/{turn}".encode() for turn in range(20)]
    assert server.connections == 6


def test_a_connection_closed_while_idle_is_noticed_and_costs_nothing(session_to: Sessions) -> None:
    with RawServer(say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), serve) as server:
        session = session_to(server.url)
        assert session.post("/", json={}).ok
        await_word(session)
        assert session.post("/", json={}).ok
    assert (server.connections, session.dropped_idle, session.stale_retries) == (2, 1, 0)


def close_on_the_second_request(peer: Peer) -> None:
    peer.read_request()
    peer.answer()
    peer.read_request()


def reset_on_the_second_request(peer: Peer) -> None:
    close_on_the_second_request(peer)
    peer.reset()


@pytest.mark.parametrize("script", [close_on_the_second_request, reset_on_the_second_request])
def test_a_get_is_repeated_once_when_a_kept_connection_dies_under_it(
    session_to: Sessions, script: Callable[[Peer], None]
) -> None:
    with RawServer(script, serve) as server:
        session = session_to(server.url)
        session.get("/first")
        assert session.get("/second").body == b"ok"
    assert session.stale_retries == 1
    assert [request.split()[1] for request in server.requests] == [b"/first", b"/second", b"/second"]


@pytest.mark.parametrize("script", [close_on_the_second_request, reset_on_the_second_request])
def test_a_post_that_may_have_had_an_effect_is_not_repeated(
    session_to: Sessions, script: Callable[[Peer], None]
) -> None:
    with RawServer(script, serve) as server:
        session = session_to(server.url)
        session.get("/first")
        response = session.post("/second", json={"a": 1})
    assert kind(response) in {FailureKind.CONNECTION_CLOSED, FailureKind.CONNECTION_RESET}
    assert (server.connections, session.stale_retries) == (1, 0)


def test_a_new_connection_that_dies_is_not_tried_again(session_to: Sessions) -> None:
    with RawServer(Peer.read_request, serve) as server:
        response = session_to(server.url).get("/")
    assert response.failure == Failure(FailureKind.CONNECTION_CLOSED, "connection closed without an answer")
    assert server.connections == 1


def test_bytes_nobody_asked_for_are_never_taken_for_the_next_answer(session_to: Sessions) -> None:
    answered = threading.Event()

    def blurt(peer: Peer) -> None:
        peer.read_request()
        peer.answer()
        answered.wait(60)
        peer.answer(b"wrong")
        peer.wait_for_close()

    with RawServer(blurt, serve) as server:
        session = session_to(server.url)
        session.get("/")
        answered.set()
        await_word(session)
        assert session.get("/").body == b"ok"
    assert session.dropped_idle == 1


def test_bytes_that_follow_an_answer_drop_the_connection_and_are_counted(session_to: Sessions) -> None:
    twice = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 2
    with RawServer(say(twice), serve) as server:
        session = session_to(server.url)
        assert kind(session.get("/")) is FailureKind.MALFORMED_RESPONSE
        assert session.get("/").body == b"ok"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n", b"HTTP/1.0 200 OK\r\n"])
def test_a_server_that_wants_to_close_gets_no_further_request(session_to: Sessions, head: bytes) -> None:
    def answer_and_wait(peer: Peer) -> None:
        peer.read_request()
        peer.send(head + b"Content-Length: 2\r\n\r\nok")
        peer.wait_for_close()

    with RawServer(answer_and_wait) as server:
        session = session_to(server.url)
        assert [session.get("/").body for _ in range(3)] == [b"ok"] * 3
    assert server.connections == 3


def test_a_user_killed_in_the_middle_leaves_no_half_answer_behind(session_to: Sessions) -> None:
    half = threading.Event()

    def slow_then_fast(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        half.set()
        peer.wait_for_close()

    with RawServer(slow_then_fast, serve) as server:
        session = session_to(server.url)
        user = gevent.spawn(session.get, "/")
        until_received(half)
        user.kill()
        assert session.get("/").body == b"ok"
    assert server.connections == 2
