from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from preseason.errors import BadInputError, Problem

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session's requests go, and the only place they go to.

    ``host`` is bare (no brackets around IPv6), ``authority`` is what the Host header says, ``prefix`` the
    base URL's path without its final slash.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL in its normal form, without a final slash."""
        return f"{self.scheme}://{self.authority}{self.prefix}"

    @classmethod
    def parse(cls, base_url: str) -> Origin:
        """Reads ``http[s]://host[:port][/prefix]``.

        Raises:
            BadInputError: with everything that is wrong with it.
        """
        try:
            parts = urlsplit(base_url)
            port = parts.port
            host = _ascii(parts.hostname or "")
        except ValueError as error:
            raise BadInputError(_problem(base_url, str(error))) from error
        if causes := list(_causes(base_url, parts)):
            raise BadInputError([_problem(base_url, cause) for cause in causes])
        return cls(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _problem(base_url: str, cause: str) -> Problem:
    return Problem(cause, repr(base_url), "write it as http://host:port or https://host")


def _causes(base_url: str, parts: SplitResult) -> list[str]:
    faults = {
        f"the scheme {parts.scheme!r} is neither http nor https": parts.scheme not in DEFAULT_PORTS,
        "it names no host": not parts.hostname,
        "it carries a user name or password": "@" in parts.netloc,
        "it has a query or fragment": bool(parts.query or parts.fragment),
        "it holds a space or control character": any(char <= " " or char == "\x7f" for char in base_url),
    }
    return [cause for cause, present in faults.items() if present]
