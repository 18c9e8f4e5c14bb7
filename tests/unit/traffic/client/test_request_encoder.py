from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import BadInputError
from preseason.traffic.client.origin import Origin
from preseason.traffic.client.request import RequestEncoder, encode_params, form_content, json_content

ENCODER = RequestEncoder(Origin.parse("http://league.example:8080"))


def encoded(method: str = "GET", path: str = "/", **options: object) -> tuple[str, dict[str, str], bytes]:
    """Request line, headers by small name, body."""
    head, _, body = ENCODER.encode(method, path, **options).partition(b"\r\n\r\n")  # type: ignore[arg-type]
    line, *fields = head.decode("ascii").split("\r\n")
    names = [field.partition(": ")[0].lower() for field in fields]
    assert len(set(names)) == len(names), "a header is written twice"
    return line, dict(zip(names, (field.partition(": ")[2] for field in fields), strict=True)), body


def test_a_get_has_a_host_and_no_body() -> None:
    line, headers, body = encoded(path="/api/teams")
    assert line == "GET /api/teams HTTP/1.1"
    assert headers == {
        "host": "league.example:8080",
        "user-agent": "preseason",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
    }
    assert body == b""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://league.example", "league.example"),
        ("https://league.example:443", "league.example"),
        ("https://league.example:80", "league.example:80"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("http://127.0.0.1:3000", "127.0.0.1:3000"),
    ],
)
def test_the_host_header_names_the_port_unless_it_is_the_schemes_own(url: str, host: str) -> None:
    request = RequestEncoder(Origin.parse(url)).encode("GET", "/")
    assert f"\r\nHost: {host}\r\n".encode() in request


def test_params_are_added_to_a_query_that_is_there_already() -> None:
    assert encoded(path="/a", params={"week": 3, "q": "é &"})[0] == "GET /a?week=3&q=%C3%A9+%26 HTTP/1.1"
    assert encoded(path="/a?b=1", params={"c": [2, 3], "d": None})[0] == "GET /a?b=1&c=2&c=3 HTTP/1.1"
    assert encoded(path="/a", params={})[0] == "GET /a HTTP/1.1"
    assert encoded(path="/a", params={"live": True})[0] == "GET /a?live=true HTTP/1.1"


def test_a_path_that_is_not_ascii_is_percent_encoded_and_an_encoded_one_left_alone() -> None:
    assert encoded(path="/teams/Zoë/%2Fx?q=ü")[0] == "GET /teams/Zo%C3%AB/%2Fx?q=%C3%BC HTTP/1.1"


@pytest.mark.parametrize(
    "path", ["", "teams", "http://other/x", "/a b", "/a\r\nX: y", "/a\x00", "/a#b", "/a\tb"]
)
def test_a_path_that_would_change_the_request_is_refused(path: str) -> None:
    with pytest.raises(BadInputError):
        ENCODER.encode("GET", path)


@pytest.mark.parametrize("method", ["", "GET /x", "G\r\n", "CONNECT", "GÈT"])
def test_a_method_that_cannot_be_sent_is_refused(method: str) -> None:
    with pytest.raises(BadInputError):
        ENCODER.encode(method, "/")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-C: d"},
        {"X-A": "b\n"},
        {"X-A": " b"},
        {"X-A": "\x00"},
        {"X-A": "ü"},
        {"X A": "b"},
        {"X-A:": "b"},
        {"": "b"},
        {"Host": "elsewhere"},
        {"content-length": "3"},
        {"Transfer-Encoding": "chunked"},
        {"Expect": "100-continue"},
        {"Upgrade": "websocket"},
        {"Connection": "close"},
    ],
)
def test_a_header_that_would_change_the_request_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadInputError):
        ENCODER.encode("GET", "/", headers=headers)


def test_all_bad_headers_are_told_at_once() -> None:
    with pytest.raises(BadInputError) as raised:
        ENCODER.encode("GET", "/", headers={"A b": "c", "D": "e\nf", "Host": "g"})
    assert len(raised.value.problems) == 3


def test_a_header_replaces_its_default_however_it_is_capitalised() -> None:
    _, headers, _ = encoded(headers={"user-agent": "probe", "X-Synthetic": "1"})
    assert (headers["user-agent"], headers["x-synthetic"]) == ("probe", "1")


def test_a_sessions_headers_go_with_every_request() -> None:
    encoder = RequestEncoder(Origin.parse("http://a"), {"X-Run": "7"})
    assert b"\r\nX-Run: 7\r\n" in encoder.encode("GET", "/")
    assert b"\r\nX-Run: 8\r\n" in encoder.encode("GET", "/", headers={"x-run": "8"}).replace(
        b"x-run", b"X-Run"
    )


def test_cookies_are_sent_unless_the_request_names_its_own() -> None:
    assert encoded(cookie_line=b"Cookie: a=b\r\n")[1]["cookie"] == "a=b"
    assert encoded(cookie_line=b"Cookie: a=b\r\n", headers={"cookie": "c=d"})[1]["cookie"] == "c=d"


def test_a_json_body_is_compact_and_says_what_it_is() -> None:
    _, headers, body = encoded("POST", content=json_content({"teamId": "t1", "roster": ["é"]}))
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    assert json.loads(body) == {"teamId": "t1", "roster": ["é"]}


def test_a_form_body_is_encoded_as_a_browser_does() -> None:
    _, headers, body = encoded("POST", content=form_content({"email": "a+b@x.de", "password": "p&w =ü"}))
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert int(headers["content-length"]) == len(body)
    assert dict(parse_qsl(body.decode())) == {"email": "a+b@x.de", "password": "p&w =ü"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_empty_body_is_announced_where_a_server_may_wait_for_one(method: str) -> None:
    assert encoded(method)[1]["content-length"] == "0"


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))
)
def test_any_params_survive_the_way(params: dict[str, str]) -> None:
    pairs = parse_qsl(
        encode_params(params).decode("ascii"), keep_blank_values=True, strict_parsing=bool(params)
    )
    assert dict(pairs) == params


@given(st.text(), st.text(), st.text())
def test_whatever_is_asked_for_a_request_has_exactly_one_head(path: str, name: str, value: str) -> None:
    try:
        request = ENCODER.encode("GET", "/" + path, headers={name: value})
    except BadInputError:
        return
    lines = request.split(b"\r\n")
    replaced = name.lower() in {"user-agent", "accept", "accept-encoding"}
    assert (len(lines), lines[-2:]) == (8 - replaced, [b"", b""])
    assert b"\n" not in b"".join(lines)
