"""Addresses that hold credentials, made fit to be shown."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

HIDDEN = "***"
#: What is shown for an address that cannot be taken apart: any piece of it may be a secret.
UNREADABLE = "(not shown)"
_SECRET_WORDS = ("password", "passwd", "secret", "token", "key")
_POSTGRES_PORT = 5432

#: What stands around a password or a token in an address.
_MAY_HIDE = frozenset("@?#")


def redact(address: str) -> str:
    """A URL or a libpq connection string without user, password and parameters."""
    try:
        return _redact_url(address) if "://" in address else _redact_conninfo(address)
    except ValueError:
        return UNREADABLE


def as_written(url: str) -> str:
    """What somebody wrote as a URL, to be shown without what may be a secret in it."""
    return redact(url) if _MAY_HIDE.intersection(url) else url


def _redact_url(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if has_misplaced_at(url):
        return UNREADABLE
    return f"{parts.scheme}://{host}{parts.path}"


def _redact_conninfo(conninfo: str) -> str:
    known = _taken_apart(conninfo)
    host, port = known.get("host") or known.get("hostaddr") or "", known.get("port") or _POSTGRES_PORT
    return f"postgresql://{host}:{port}/{known.get('dbname') or known.get('user') or ''}"


def has_misplaced_at(url: str) -> bool:
    """Whether an ``@`` stands outside the end of the credentials.

    Then the password probably holds an unencoded ``@ / ? #`` and the parts of the URL are not what they
    seem: a piece of the password passes for a host name.
    """
    authority = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]
    return url.count("@") != min(authority.count("@"), 1)


def scrub(text: str, address: str) -> str:
    """``text`` without any secret of ``address`` that may have slipped into it."""
    for secret in sorted(_secrets(address), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(address: str) -> set[str]:
    try:
        found = _url_secrets(address) if "://" in address else _conninfo_secrets(address)
    except ValueError:
        return {address}
    return {secret for secret in found if secret}


def _url_secrets(url: str) -> set[str]:
    parts = urlsplit(url)
    password = parts.netloc.rpartition("@")[0].partition(":")[2]
    named = {value for name, value in parse_qsl(parts.query) if _is_secret(name)}
    return {url, password, unquote(password), *named}


def _conninfo_secrets(conninfo: str) -> set[str]:
    known = _taken_apart(conninfo)
    return {conninfo, *(str(value) for name, value in known.items() if _is_secret(name))}


def _taken_apart(conninfo: str) -> dict[str, Any]:
    """The settings of a libpq connection string. ValueError where it is none."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return conninfo_to_dict(conninfo)
    except psycopg.Error as error:
        raise ValueError(str(error)) from None


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)


def first_line(text: str) -> str:
    """The first line of a server's message; the others repeat the query or give hints."""
    return text.strip().partition("\n")[0]
