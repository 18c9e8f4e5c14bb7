"""Signed tokens: JSON Web Tokens (RFC 7519) of the one kind HS256, and the CSRF token of next-auth."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from typing import Final, TypeAlias

Claims: TypeAlias = "dict[str, object]"

_HEADER: Final = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode("ascii")


class Signer:
    """Signs with one key; what another key signed, or what was changed since, is nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, claims: Claims) -> str:
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode("ascii")
        signed = f"{_HEADER}.{payload}"
        return f"{signed}.{self._signature(signed)}"

    def claims(self, token: str) -> Claims | None:
        """What a token claims, while its ``exp`` (epoch seconds) is to come; else None."""
        signed, _, signature = token.rpartition(".")
        if not _same(self._signature(signed), signature):
            return None
        payload = signed.partition(".")[2]
        try:
            claims: Claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (binascii.Error, ValueError):
            return None
        expires = claims.get("exp")
        return claims if isinstance(expires, int) and expires > time.time() else None

    def csrf_cookie(self) -> str:
        """A new CSRF token and its digest, as ``token|digest``."""
        token = secrets.token_hex(32)
        return f"{token}|{self._csrf_digest(token)}"

    def csrf_token(self, cookie: str) -> str | None:
        """The CSRF token in a cookie that we made."""
        token, _, digest = cookie.partition("|")
        return token if _same(self._csrf_digest(token), digest) else None

    def _csrf_digest(self, token: str) -> str:
        return hmac.digest(self._key, b"csrf:" + _bytes(token), hashlib.sha256).hex()

    def _signature(self, signed: str) -> str:
        digest = hmac.digest(self._key, _bytes(signed), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(_bytes(ours), _bytes(theirs))


def _bytes(text: str) -> bytes:
    """Cookies may hold what is no text at all."""
    return text.encode(errors="replace")
