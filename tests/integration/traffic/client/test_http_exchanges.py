from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING, Any

import pytest
from client_sessions import kind
from raw_server import Peer, RawServer, serve

from preseason.errors import BadInputError
from preseason.traffic.client import Failure, FailureKind, Limits, Response

if TYPE_CHECKING:
    from client_sessions import Sessions


def test_cookies_come_back_with_the_next_request_even_secure_ones_over_plain_http(
    session_to: Sessions,
) -> None:
    def set_cookies(peer: Peer) -> None:
        peer.read_request()
        peer.answer(headers="Set-Cookie: __Secure-s=t; Secure; Path=/\r\nset-cookie: gone=1\r\n")
        peer.read_request()
        peer.answer(headers="SET-COOKIE: gone=; Max-Age=0\r\n")
        serve(peer)

    with RawServer(set_cookies) as server:
        session = session_to(server.url)
        for _ in range(3):
            session.get("/")
    sent = [
        [line for line in request.split(b"\r\n") if line.startswith(b"Cookie")] for request in server.requests
    ]
    assert sent == [[], [b"Cookie: __Secure-s=t; gone=1"], [b"Cookie: __Secure-s=t"]]


def test_bodies_and_queries_arrive_as_they_were_meant(session_to: Sessions) -> None:
    with RawServer(serve) as server:
        session = session_to(server.url + "/app")
        session.get("/teams", params={"userId": "ü 1"})
        session.post("/lineup", json={"teamId": "t"}, headers={"X-Synthetic": "1"})
        session.post("/login", form={"email": "a@b"})
    get, post, login = server.requests
    assert get.startswith(b"GET /app/teams?userId=%C3%BC+1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert post.endswith(b'\r\n\r\n{"teamId":"t"}')
    assert b"\r\nX-Synthetic: 1\r\n" in post
    assert login.endswith(b"\r\n\r\nemail=a%40b")


def test_a_request_has_one_body(session_to: Sessions) -> None:
    with pytest.raises(BadInputError):
        session_to("http://127.0.0.1:9").post("/", json={}, form={})


def test_a_large_chunked_gzip_body_arrives_whole(session_to: Sessions) -> None:
    body = b"".join(b"%d," % (number * number) for number in range(12_000))
    packed = gzip.compress(body)
    chunks = [packed[start : start + 1000] for start in range(0, len(packed), 1000)]

    def send_chunks(peer: Peer) -> None:
        while peer.read_request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
            for chunk in [*chunks, b""]:
                peer.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    with RawServer(send_chunks) as server:
        session = session_to(server.url, limits=Limits())
        assert session.get("/").body == body
        assert session.get("/").body == body
    assert server.connections == 1


def signpost(peer: Peer) -> None:
    """/1 leads to /2, /2 to /3 …; /away to another host; anything else is home."""
    while request := peer.read_request():
        path = request.split()[1].decode()
        if path[1:].isdigit():
            peer.answer(
                status="302 Found", headers=f"Location: /{int(path[1:]) + 1}\r\nSet-Cookie: at={path}\r\n"
            )
        elif path == "/away":
            peer.answer(status="302 Found", headers="Location: http://elsewhere.invalid/\r\n")
        else:
            peer.answer(b"home")


def test_a_redirect_is_an_answer_unless_following_was_asked_for(session_to: Sessions) -> None:
    with RawServer(signpost) as server:
        response = session_to(server.url).get("/1")
    assert (response.status, response.headers["location"], response.failure) == (302, "/2", None)


def test_redirects_are_followed_so_far_and_no_further(session_to: Sessions) -> None:
    with RawServer(signpost) as server:
        session = session_to(server.url)
        response = session.post("/1", form={"a": 1}, max_redirects=3)
        assert session.cookies.get("at") == "/4"
        assert session.get("/away", max_redirects=3).failure == Failure(
            FailureKind.REDIRECT, "redirect to another origin"
        )
    assert response.failure == Failure(FailureKind.REDIRECT, "too many redirects")
    lines = [request.split(b" HTTP")[0] for request in server.requests]
    assert lines == [b"POST /1", b"GET /2", b"GET /3", b"GET /4", b"GET /away"]


def test_ipv6_literals_work(session_to: Sessions) -> None:
    try:
        server = RawServer(serve, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server:
        assert session_to(server.url).get("/").ok
    assert f"\r\nHost: [::1]:{server.port}\r\n".encode() in server.requests[0]


def test_every_request_is_reported_once_with_what_locust_wants_to_know(session_to: Sessions) -> None:
    reports: list[dict[str, Any]] = []
    with RawServer(serve) as server:
        session = session_to(
            server.url, report=lambda **report: reports.append(report), context=lambda: {"a": 1}
        )
        response = session.get("/api/teams?userId=7")
        session.get("/api/teams/7", name="/api/teams/{id}")
    first, second = reports
    assert first.pop("start_time") == pytest.approx(time.time(), abs=60)
    assert first == {
        "request_type": "GET",
        "name": "/api/teams",
        "response_time": response.service_ms,
        "response_length": 2,
        "response": response,
        "context": {"a": 1},
        "exception": None,
        "url": f"{server.url}/api/teams?userId=7",
    }
    assert second["name"] == "/api/teams/{id}"


def test_a_check_turns_a_wrong_answer_into_a_counted_failure(session_to: Sessions) -> None:
    reports: list[dict[str, Any]] = []

    def is_mine(response: Response) -> str | None:
        return None if response.json()["mine"] else "another user's team"

    def answers(peer: Peer) -> None:
        for body in (b'{"mine": 1}', b'{"mine": 0}', b"<html>", b"{}"):
            peer.read_request()
            peer.answer(body)

    with RawServer(answers) as server:
        session = session_to(server.url, report=lambda **report: reports.append(report))
        failures = [session.get("/", check=is_mine).failure for _ in range(4)]
    assert [failure and (failure.kind, failure.message) for failure in failures] == [
        None,
        (FailureKind.CONTENT, "another user's team"),
        (FailureKind.CONTENT, "check failed with JSONDecodeError"),
        (FailureKind.CONTENT, "check failed with KeyError"),
    ]
    assert [str(report["exception"] or "") for report in reports][1] == "another user's team"


def test_an_error_status_can_be_the_expected_answer(session_to: Sessions) -> None:
    def refuse(peer: Peer) -> None:
        while peer.read_request():
            peer.answer(b"{}", status="409 Conflict")

    with RawServer(refuse) as server:
        session = session_to(server.url)
        assert kind(session.post("/", json={})) is FailureKind.STATUS_4XX
        assert session.post("/", json={}, also_ok={409}).ok
