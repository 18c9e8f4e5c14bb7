from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one request may take, in seconds.

    ``connect_s`` covers name lookup, TCP and TLS; ``read_s`` is the longest silence between two bytes;
    ``total_s`` is the whole request with retry and redirects, so a server that drips cannot hold a user for
    ever.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    total_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an answer is read before it is given up as too large, in bytes.

    ``header_bytes`` holds for status line, headers and informational responses together; ``body_bytes`` for
    the body both as sent and as decompressed; ``idle_connections`` for what one session keeps open. Each user
    in flight may hold that much: the default is a hundred times the platform's largest answer, and no more.
    """

    header_bytes: int = 64 * 1024
    body_bytes: int = 8 * 1024 * 1024
    idle_connections: int = 8


DEFAULT_TIMEOUTS = Timeouts()
DEFAULT_LIMITS = Limits()
