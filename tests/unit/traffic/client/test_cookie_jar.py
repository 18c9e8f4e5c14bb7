from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.traffic.client.cookies import MAX_COOKIES, CookieJar

NOW_S = 1_800_000_000.0


def jar_with(*set_cookies: str) -> CookieJar:
    jar = CookieJar()
    for value in set_cookies:
        jar.store(value, now_s=NOW_S)
    return jar


def test_what_was_set_is_sent_back_in_one_line() -> None:
    jar = jar_with("next-auth.session-token=ey.J=; Path=/; HttpOnly; SameSite=Lax", "theme=dark")
    assert jar.line_at(NOW_S) == b"Cookie: next-auth.session-token=ey.J=; theme=dark\r\n"
    assert jar.get("theme") == "dark"
    assert list(jar) == ["next-auth.session-token", "theme"]


def test_a_jar_without_cookies_sends_nothing() -> None:
    assert CookieJar().line_at(NOW_S) == b""
    assert CookieJar().get("any") is None


def test_a_secure_cookie_is_kept_because_the_platform_sets_it_over_plain_http() -> None:
    assert (
        jar_with("__Secure-next-auth.session-token=x; Secure; Path=/").get("__Secure-next-auth.session-token")
        == "x"
    )


def test_domain_and_path_decide_nothing_since_the_jar_belongs_to_one_origin() -> None:
    assert (
        jar_with("a=1; Domain=league.example; Path=/api", "a=2; Path=/").line_at(NOW_S) == b"Cookie: a=2\r\n"
    )


def test_a_cookie_set_again_is_replaced() -> None:
    assert jar_with("a=1", "b=2", "a=3").line_at(NOW_S) == b"Cookie: a=3; b=2\r\n"


@pytest.mark.parametrize(
    "attributes",
    [
        "Max-Age=0",
        "max-age=-1",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
        "Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0",
    ],
)
def test_a_cookie_that_has_expired_is_deleted(attributes: str) -> None:
    jar = jar_with("a=1", f"a=; {attributes}")
    assert jar.get("a") is None
    assert jar.line_at(NOW_S) == b""


@pytest.mark.parametrize(
    "attributes",
    [
        "Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=soon",
        "Expires=whenever",
        "Max-Age=" + "9" * 5000,
    ],
)
def test_a_cookie_whose_expiry_is_ahead_or_unreadable_is_kept(attributes: str) -> None:
    assert jar_with(f"a=1; {attributes}").get("a") == "1"


def test_a_cookie_ends_when_its_time_comes() -> None:
    jar = jar_with("a=1; Max-Age=60", "b=2")
    assert jar.line_at(NOW_S + 59) == b"Cookie: a=1; b=2\r\n"
    assert jar.line_at(NOW_S + 60) == b"Cookie: b=2\r\n"
    assert jar.get("a") is None


@pytest.mark.parametrize(
    "value", ["", "novalue", "=x", "a=b\rc", "a=b\nX: y", "a\x00=b", "a=\x7f", "\uff41=b"]
)
def test_what_is_no_cookie_is_ignored(value: str) -> None:
    assert len(jar_with(value)) == 0


def test_a_server_that_never_stops_setting_cookies_fills_no_memory() -> None:
    jar = jar_with(*[f"cookie{number}=x" for number in range(1000)])
    assert len(jar) == MAX_COOKIES
    assert jar.get("cookie999") == "x"


def test_a_cleared_jar_sends_nothing() -> None:
    jar = jar_with("a=1")
    jar.clear()
    assert jar.line_at(NOW_S) == b""


@given(st.lists(st.text(st.characters(max_codepoint=255)), max_size=5))
def test_no_cookie_can_end_its_header_line(values: list[str]) -> None:
    line = jar_with(*values).line_at(NOW_S)
    assert line.count(b"\r\n") == (1 if line else 0)
    assert not any(byte in line[:-2] for byte in b"\r\n\x00")
