from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from hypothesis import given
from hypothesis import strategies as st

from preseason.astral_field.passwords import hashed, matches
from preseason.astral_field.signing import Signer

SIGNER = Signer(b"key")
LATER = int(time.time()) + 1000


def test_a_token_gives_back_its_claims() -> None:
    claims = {"sub": "c1", "teamName": None, "exp": LATER}
    assert SIGNER.claims(SIGNER.token(claims)) == claims


def test_a_token_is_a_json_web_token_that_others_can_check() -> None:
    header, payload, signature = SIGNER.token({"exp": LATER}).split(".")
    expected = hmac.digest(b"key", f"{header}.{payload}".encode(), hashlib.sha256)
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert base64.urlsafe_b64decode(signature + "=") == expected


def test_a_token_of_another_key_is_nothing() -> None:
    assert SIGNER.claims(Signer(b"other").token({"exp": LATER})) is None


def test_a_token_of_yesterday_is_nothing() -> None:
    assert SIGNER.claims(SIGNER.token({"exp": int(time.time()) - 1})) is None
    assert SIGNER.claims(SIGNER.token({})) is None


@given(st.text(st.characters(exclude_categories=[])))
def test_any_other_text_is_nothing(text: str) -> None:
    assert SIGNER.claims(text) is None
    assert SIGNER.csrf_token(text) is None


def test_a_csrf_cookie_holds_its_token() -> None:
    cookie = SIGNER.csrf_cookie()
    assert SIGNER.csrf_token(cookie) == cookie.partition("|")[0]
    assert Signer(b"other").csrf_token(cookie) is None


def test_only_the_right_password_matches() -> None:
    stored = hashed("season-opener")
    assert matches("season-opener", stored)
    assert not matches("season-opener ", stored)
    assert hashed("season-opener") != stored
