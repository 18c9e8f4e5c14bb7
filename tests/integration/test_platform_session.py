from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from astral_process import AstralField, log_in

from preseason.astral_field.seeding.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

SESSION = "next-auth.session-token"


@pytest.fixture
def browser(astral_field: AstralField) -> Iterator[httpx.Client]:
    with astral_field.client() as http:
        yield http


def error_of(response: httpx.Response) -> str:
    """What a refused login's redirect says; a refused login opens no session."""
    assert response.status_code == 302
    assert SESSION not in response.cookies
    path, _, error = response.headers["location"].partition("?error=")
    assert path.endswith("/api/auth/error")
    return error


def test_a_visitor_without_a_session_is_nobody(browser: httpx.Client) -> None:
    assert browser.get("/api/auth/session").json() is None


def test_the_csrf_step_gives_a_token_and_two_cookies(browser: httpx.Client) -> None:
    answer = browser.get("/api/auth/csrf")
    token = answer.json()["csrfToken"]
    assert set(answer.cookies) == {"next-auth.csrf-token", "next-auth.callback-url"}
    assert answer.cookies["next-auth.csrf-token"].startswith(f"{token}%7C")


def test_the_csrf_token_stays_while_its_cookie_is_kept(browser: httpx.Client) -> None:
    tokens = {browser.get("/api/auth/csrf").json()["csrfToken"] for _ in range(3)}
    assert len(tokens) == 1


def test_a_login_opens_a_session_that_says_who_it_is(browser: httpx.Client) -> None:
    answer = log_in(browser, "manager2@astral.example", PASSWORD)
    assert answer.status_code == 302
    assert SESSION in answer.cookies
    session = browser.get("/api/auth/session").json()
    assert set(session) == {"user", "expires"}
    assert set(session["user"]) == {"id", "email", "name", "image", "role", "teamName"}
    assert session["user"]["email"] == "manager2@astral.example"
    assert session["user"]["teamName"]


def test_an_address_is_recognised_in_any_case(browser: httpx.Client) -> None:
    assert SESSION in log_in(browser, "Manager2@Astral.Example", PASSWORD).cookies


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("manager3@astral.example", "wrong"),
        ("nobody@astral.example", PASSWORD),
        ("", ""),
        ("\0", "\udcff".encode(errors="surrogatepass").decode(errors="replace")),
    ],
)
def test_wrong_credentials_are_a_redirect_to_the_error_page(
    browser: httpx.Client, email: str, password: str
) -> None:
    assert error_of(log_in(browser, email, password)) == "Configuration"


def test_a_login_without_the_csrf_cookie_is_refused(browser: httpx.Client) -> None:
    token = browser.get("/api/auth/csrf").json()["csrfToken"]
    browser.cookies.clear()
    form = {"csrfToken": token, "email": "manager2@astral.example", "password": PASSWORD}
    assert error_of(browser.post("/api/auth/callback/credentials", data=form)) == "MissingCSRF"


@pytest.mark.parametrize("body", [b"", b"csrfToken=guessed", b"\xff\xfe=%zz&&&", b"csrfToken"])
def test_a_login_with_another_token_is_refused(browser: httpx.Client, body: bytes) -> None:
    browser.get("/api/auth/csrf")
    assert error_of(browser.post("/api/auth/callback/credentials", content=body)) == "MissingCSRF"


def test_a_csrf_cookie_that_is_not_ours_is_refused(browser: httpx.Client) -> None:
    browser.cookies.set("next-auth.csrf-token", "mine%7Cmine")
    form = {"csrfToken": "mine", "email": "manager2@astral.example", "password": PASSWORD}
    assert error_of(browser.post("/api/auth/callback/credentials", data=form)) == "MissingCSRF"


def test_five_wrong_passwords_lock_an_account_for_a_quarter_of_an_hour(
    browser: httpx.Client, astral_field: AstralField
) -> None:
    email = "manager60@astral.example"
    for _ in range(5):
        assert error_of(log_in(browser, email, "wrong")) == "Configuration"
    assert error_of(log_in(browser, email, PASSWORD)) == "Configuration"
    with psycopg.connect(astral_field.dsn) as connection:
        query = (
            "SELECT locked_until BETWEEN now() + '14 min' AND now() + '15 min' FROM users WHERE email = %s"
        )
        assert connection.execute(query, (email,)).fetchone() == (True,)
        connection.execute("UPDATE users SET locked_until = now() WHERE email = %s", (email,))
    assert error_of(log_in(browser, email, "wrong")) == "Configuration"
    assert SESSION in log_in(browser, email, PASSWORD).cookies


def test_a_right_password_forgives_the_wrong_ones_before(browser: httpx.Client) -> None:
    email = "manager59@astral.example"
    for _ in range(3):
        for _ in range(4):
            log_in(browser, email, "wrong")
        assert SESSION in log_in(browser, email, PASSWORD).cookies


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:-2] + ("BB" if t.endswith("AA") else "AA"),
        lambda t: "x" + t,
        lambda t: t.split(".")[0],
        lambda _: "é",
    ],
)
def test_a_spoilt_session_is_nobodys(browser: httpx.Client, spoil: Callable[[str], str]) -> None:
    log_in(browser, "manager2@astral.example", PASSWORD)
    cookie = f"{SESSION}={spoil(browser.cookies[SESSION])}".encode()
    browser.cookies.clear()
    assert browser.get("/api/auth/session", headers={b"cookie": cookie}).json() is None
    assert browser.get("/api/league", headers={b"cookie": cookie}).status_code == 401


def test_secure_cookies_are_named_and_flagged_as_in_production_and_sessions_outlive_a_restart(
    astral_field: AstralField, redis_url: str
) -> None:
    with (
        AstralField.started(astral_field.dsn, redis_url, "--secure-cookies") as platform,
        platform.client() as http,
    ):
        csrf = http.get("/api/auth/csrf")
        flagged = csrf.headers.get_list("set-cookie")
        assert all(cookie.startswith("__Secure-next-auth.") and "Secure" in cookie for cookie in flagged)
        cookie = {"cookie": f"__Secure-next-auth.csrf-token={csrf.cookies['__Secure-next-auth.csrf-token']}"}
        form = {
            "csrfToken": csrf.json()["csrfToken"],
            "email": "manager2@astral.example",
            "password": PASSWORD,
        }
        login = http.post("/api/auth/callback/credentials", data=form, headers=cookie)
        session = login.cookies[f"__Secure-{SESSION}"]
    with (
        AstralField.started(astral_field.dsn, redis_url, "--secure-cookies") as platform,
        platform.client() as http,
    ):
        answer = http.get("/api/auth/session", headers={"cookie": f"__Secure-{SESSION}={session}"})
        assert answer.json()["user"]["email"] == "manager2@astral.example"
