from __future__ import annotations

import random
import socket
import threading
import time
from typing import TYPE_CHECKING

import gevent
import pytest
from client_sessions import kind
from raw_server import Peer, RawServer, say, serve, stall, until_received

from preseason.traffic.client import Failure, FailureKind, Timeouts

if TYPE_CHECKING:
    from client_sessions import Sessions


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", FailureKind.CONNECTION_CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Le", FailureKind.CONNECTION_CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", FailureKind.CONNECTION_CLOSED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", FailureKind.CONNECTION_CLOSED),
        (b"\x16\x03\x01garbage", FailureKind.MALFORMED_RESPONSE),
        (b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", FailureKind.UNSUPPORTED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + b"x" * 4096, FailureKind.BODY_TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 1000, FailureKind.HEADER_TOO_LARGE),
    ],
)
def test_a_broken_answer_is_a_failure_of_its_kind(
    session_to: Sessions, answer: bytes, expected: FailureKind
) -> None:
    with RawServer(say(answer)) as server:
        assert kind(session_to(server.url).get("/")) is expected


def test_an_endless_body_is_left_at_the_limit(session_to: Sessions) -> None:
    sent_bytes = 0

    def pour(peer: Peer) -> None:
        nonlocal sent_bytes
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            peer.send(b"x" * 1_000_000)
            sent_bytes += 1_000_000

    with RawServer(pour) as server:
        assert kind(session_to(server.url).get("/")) is FailureKind.BODY_TOO_LARGE
    assert sent_bytes < 100_000_000


def test_a_reset_within_an_answer_is_said(session_to: Sessions) -> None:
    half, torn = threading.Event(), threading.Event()

    def tear(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        half.set()
        torn.wait(60)
        peer.reset()

    with RawServer(tear) as server:
        asking = gevent.spawn(session_to(server.url).get, "/")
        until_received(half)
        torn.set()
        response = asking.get()
    assert response.failure == Failure(FailureKind.CONNECTION_RESET, "connection reset within an answer")


def test_a_silent_server_is_given_up_after_the_read_timeout(session_to: Sessions) -> None:
    with RawServer(stall) as server:
        response = session_to(server.url, timeouts=Timeouts(read_s=0.3)).get("/")
    assert kind(response) is FailureKind.READ_TIMEOUT
    assert response.service_ms >= 290


def test_a_dripping_header_is_given_up_after_the_total_timeout(session_to: Sessions) -> None:
    def drip(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nX: ")
        peer.drip(b"x", every_s=0.1)

    with RawServer(drip) as server:
        response = session_to(server.url, timeouts=Timeouts(read_s=0.8, total_s=1)).get("/")
    assert kind(response) is FailureKind.TOTAL_TIMEOUT
    assert response.service_ms >= 990


def test_a_slow_body_is_waited_for_while_it_keeps_coming(session_to: Sessions) -> None:
    def slowly(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        for _ in range(5):
            time.sleep(0.5)
            peer.send(b"x")

    with RawServer(slowly) as server:
        assert session_to(server.url, timeouts=Timeouts(read_s=2)).get("/").body == b"xxxxx"


def test_a_user_that_thinks_longer_than_a_timeout_keeps_its_connection(session_to: Sessions) -> None:
    with RawServer(serve) as server:
        session = session_to(server.url, timeouts=Timeouts(read_s=1, total_s=1))
        session.get("/")
        gevent.sleep(1.1)
        assert session.get("/").ok
        gevent.sleep(1.1)
        assert session.get("/").ok
    assert server.connections == 1


def test_a_server_that_takes_no_request_body_is_given_up(session_to: Sessions) -> None:
    def ignore(peer: Peer) -> None:
        peer._stopping.wait(60)

    with RawServer(ignore) as server:
        response = session_to(server.url, timeouts=Timeouts(read_s=0.3)).post("/", json="x" * 20_000_000)
    assert kind(response) is FailureKind.READ_TIMEOUT


def test_an_answer_given_before_the_body_was_read_is_heard(session_to: Sessions) -> None:
    def refuse(peer: Peer) -> None:
        peer._sock.recv(1000)
        peer.answer(b"too large", status="413 Content Too Large", headers="Connection: close\r\n")
        peer._sock.shutdown(socket.SHUT_WR)
        peer._stopping.wait(0.2)

    with RawServer(refuse) as server:
        response = session_to(server.url).post("/", json="x" * 5_000_000)
    assert (response.status, response.body) == (413, b"too large")


def test_nobody_listening_is_a_refused_connection(session_to: Sessions) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        response = session_to(f"http://127.0.0.1:{bound.getsockname()[1]}").get("/")
    assert response.failure == Failure(FailureKind.CONNECT_REFUSED, "connection refused")
    assert (response.status, response.body, response.ok) == (0, b"", False)


def test_a_host_that_takes_no_connection_is_a_connect_timeout(session_to: Sessions) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.settimeout(0)
            sock.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        response = session_to(url, timeouts=Timeouts(connect_s=2)).get("/")
        for sock in waiting:
            sock.close()
    assert kind(response) is FailureKind.CONNECT_TIMEOUT


def test_a_name_that_does_not_exist_is_a_dns_failure(session_to: Sessions) -> None:
    response = session_to("http://nobody.invalid").get("/")
    assert kind(response) is FailureKind.DNS


def test_whatever_a_server_does_every_request_ends(session_to: Sessions) -> None:
    chance = random.Random(20261123)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + b"x" * 300

    def misbehave(peer: Peer) -> None:
        while peer.read_request():
            match chance.randrange(6):
                case 0:
                    peer.send(answer[: chance.randrange(len(answer))])
                    return
                case 1:
                    peer.reset()
                case 2:
                    peer.send(chance.randbytes(chance.randrange(1, 500)))
                    return
                case 3:
                    peer.send(answer)
                    return
                case _:
                    peer.send(answer)

    with RawServer(misbehave) as server:
        session = session_to(server.url)
        responses = [session.request(chance.choice(["GET", "POST"]), "/") for _ in range(300)]
    assert all((response.body == b"x" * 300) == response.ok for response in responses)
    assert {kind(response) for response in responses} == {
        None,
        FailureKind.CONNECTION_CLOSED,
        FailureKind.CONNECTION_RESET,
        FailureKind.MALFORMED_RESPONSE,
    }
