from __future__ import annotations

import pytest

from preseason.errors import BadInputError
from preseason.traffic.client.origin import Origin
from preseason.traffic.client.redirects import Redirect
from preseason.traffic.client.response import Headers, Response

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\nSet-Cookie: a=1, x\r\nVary: A\r\n"
HEAD += b"set-cookie:b=2\r\nX-Cache-Status: HIT\r\nVARY:\tB \r\nEmpty:"


def test_headers_are_found_in_any_capitals() -> None:
    headers = Headers(HEAD)
    assert headers["x-cache-status"] == headers["X-CACHE-STATUS"] == "HIT"
    assert headers.get("empty") == ""
    assert headers.get("cache-status") is None
    assert headers.get("absent", "default") == "default"
    assert ("Vary" in headers, "absent" in headers) == (True, False)
    with pytest.raises(KeyError):
        headers["absent"]


def test_repeated_headers_are_joined_and_can_be_had_apart() -> None:
    headers = Headers(HEAD)
    assert headers["vary"] == "A, B"
    assert headers.all("Set-Cookie") == ["a=1, x", "b=2"]


def test_headers_can_be_walked() -> None:
    assert list(Headers(HEAD)) == ["content-type", "set-cookie", "vary", "x-cache-status", "empty"]
    assert len(Headers(HEAD)) == 5
    assert not Headers(b"HTTP/1.1 200 OK")


def test_text_is_decoded_as_the_server_says_else_as_utf8() -> None:
    assert Response(200, HEAD, b"Zo\xeb").text == "Zoë"
    assert Response(200, b"HTTP/1.1 200 OK", "Zoë".encode()).text == "Zoë"
    assert Response(200, b"HTTP/1.1 200 OK", b"Zo\xeb").text == "Zo\ufffd"
    assert Response(200, b"HTTP/1.1 200 OK\r\nContent-Type: a; charset=klingon", b"x").text == "x"


def test_json_is_parsed_and_what_is_none_is_a_value_error() -> None:
    assert Response(200, b"", b'{"a": [1]}').json() == {"a": [1]}
    with pytest.raises(ValueError, match="Expecting value"):
        Response(200, b"", b"<html>").json()
    with pytest.raises(ValueError, match="nested too deeply"):
        Response(200, b"", b"[" * 100_000).json()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "league.example",
        "ftp://a",
        "http://",
        "http://u:p@a",
        "http://a?b",
        "http://a:99999",
        "http://a b",
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(BadInputError):
        Origin.parse(url)


def test_a_base_url_may_have_a_prefix_an_ipv6_host_or_a_name_beyond_ascii() -> None:
    assert Origin.parse("http://A.example/app/") == Origin("http", "a.example", 80, "/app")
    assert Origin.parse("https://[::1]:8443").url == "https://[::1]:8443"
    assert Origin.parse("http://bücher.example").authority == "xn--bcher-kva.example"


def move(location: str, *, method: str = "POST", status: int = 302) -> tuple[str | None, Redirect]:
    redirect = Redirect(method, "/api/login", None, b"body")
    head = f"HTTP/1.1 {status} Found\r\nLocation: {location}".encode()
    return redirect.move(Origin.parse("http://a.example:81"), Response(status, head)), redirect


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/home", "/home"),
        ("next?x=1#top", "/api/next?x=1"),
        ("http://a.example:81", "/"),
        ("//A.example:81/z", "/z"),
        ("/a b/é", "/a%20b/%C3%A9"),
    ],
)
def test_a_redirect_within_the_origin_is_followed(location: str, target: str) -> None:
    problem, redirect = move(location)
    assert (problem, redirect.target, redirect.method, redirect.content) == (None, target, "GET", b"")


@pytest.mark.parametrize(
    "location",
    ["http://b.example:81/", "http://a.example/", "https://a.example:81/", "http://a:x/", "javascript:1"],
)
def test_a_redirect_out_of_the_origin_is_not_followed(location: str) -> None:
    assert move(location)[0] is not None


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        ("POST", 301, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
        ("HEAD", 303, "HEAD"),
    ],
)
def test_the_method_changes_as_the_status_says(method: str, status: int, becomes: str) -> None:
    assert move("/x", method=method, status=status)[1].method == becomes
