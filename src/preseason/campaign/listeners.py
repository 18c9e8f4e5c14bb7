"""Which processes of this machine a target's addresses lead to, so that a soak sees what they hold."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil

if TYPE_CHECKING:
    from preseason.campaign.options import Addresses

#: What listens for somebody else: a forwarded port's process is not the server's.
_FORWARDERS = ("docker-proxy", "rootlessport", "slirp4netns", "ssh", "sshd", "kubectl", "socat")
_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}
_POSTGRES = 5432


def processes_here(addresses: Addresses, url: str) -> dict[str, int]:
    """Process ids by label of the platform, Postgres and Redis, as far as they listen on this machine.

    Those of other users are seen by root alone; what is not seen has no entry.
    """
    asked = {
        "platform": _of_url(url),
        "postgres": _of_dsn(addresses.postgres),
        "redis": _of_url(addresses.redis),
    }
    ports = {label: port for label, port in asked.items() if port is not None}
    listening = _listening() if ports else {}
    found = ((label, _eldest(listening.get(port), port)) for label, port in ports.items())
    return {label: pid for label, pid in found if pid is not None}


def _of_url(url: str | None) -> int | None:
    """The port of an address of this machine; None for any other, and for none."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return port if _is_here(parts.hostname or "") else None


def _of_dsn(dsn: str | None) -> int | None:
    if dsn is None:
        return None
    from psycopg import ProgrammingError  # noqa: PLC0415 - only when there is one
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - only when there is one

    try:
        known = conninfo_to_dict(dsn)
        port = int(known.get("port") or _POSTGRES)
    except (ProgrammingError, ValueError):
        return None
    host = str(known.get("hostaddr") or known.get("host") or "")
    return port if not host or host.startswith("/") or _is_here(host) else None


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _listening() -> dict[int, int]:
    """A process id by the TCP port that it listens on."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:  # not everywhere may everybody ask
        return {}
    return {
        connection.laddr.port: connection.pid
        for connection in connections
        if connection.status == psutil.CONN_LISTEN and connection.pid is not None and connection.laddr
    }


def _eldest(pid: int | None, port: int) -> int | None:
    """Workers share the socket of the process that started them, which is watched with its descendants."""
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        if process.name() in _FORWARDERS:
            return None
        while (parent := process.parent()) is not None and _listens(parent, port):
            process = parent
    except psutil.Error:  # it ended while we looked
        return None
    return process.pid


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(
        one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port for one in connections
    )
