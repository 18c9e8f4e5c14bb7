"""Password hashes: scrypt, at a cost that a login storm can be felt but not end in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

#: About 20 ms and 8 MB a hash.
COST: Final = 2**13
_BLOCK: Final = 8
_PARALLEL: Final = 1
_SALT_BYTES: Final = 16


def hashed(password: str) -> str:
    """``scrypt$cost$salt$digest`` of a password."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return "$".join(("scrypt", str(COST), _text(salt), _text(_digest(password, salt, COST))))


def matches(password: str, stored: str) -> bool:
    """Whether a password has this hash; takes a core for as long as hashing does, without the GIL."""
    _, cost, salt, digest = stored.split("$")
    found = _digest(password, base64.b64decode(salt), int(cost))
    return hmac.compare_digest(found, base64.b64decode(digest))


def _digest(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(errors="replace"), salt=salt, n=cost, r=_BLOCK, p=_PARALLEL)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
