"""Opens connections: name, TCP, TLS, each ending in a wire or in a failure that says which of them it was."""

from __future__ import annotations

import errno
import socket
import ssl
from time import perf_counter
from typing import TYPE_CHECKING, Any

import gevent
from gevent.socket import getaddrinfo

from .failures import FailureKind, RequestFailedError
from .tls import TlsWire
from .wire import Wire

if TYPE_CHECKING:
    from .origin import Origin

#: Many users share one target: they look its name up once a minute, not once each.
_NAME_LIFETIME_S = 60.0
_names: dict[tuple[str, int], tuple[float, list[Any]]] = {}

_OWN_LIMITS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


def dial(origin: Origin, context: ssl.SSLContext | None, deadline_s: float) -> Wire:
    """An open connection; over TLS where there is a ``context``.

    Raises:
        RequestFailedError: naming the step that failed.
    """
    failure: RequestFailedError | None = None
    for family, _, _, _, address in _addresses(origin, deadline_s):
        try:
            return _open(family, address, origin.host, context, deadline_s)
        except RequestFailedError as error:
            failure = error
            if error.failure.kind not in (FailureKind.CONNECT_REFUSED, FailureKind.CONNECT_FAILED):
                break
    raise failure or RequestFailedError(FailureKind.DNS, "host name has no address")


def _addresses(origin: Origin, deadline_s: float) -> list[Any]:
    key = (origin.host, origin.port)
    known_until_s, addresses = _names.get(key, (0.0, []))
    if perf_counter() < known_until_s:
        return addresses
    try:
        with gevent.Timeout(max(0.001, deadline_s - perf_counter()), TimeoutError):
            addresses = list(getaddrinfo(origin.host, origin.port, 0, socket.SOCK_STREAM))
    except TimeoutError as error:
        raise RequestFailedError(FailureKind.DNS, "name lookup timed out") from error
    except (OSError, UnicodeError) as error:
        raise RequestFailedError(FailureKind.DNS, "name lookup failed") from error
    _names[key] = (perf_counter() + _NAME_LIFETIME_S, addresses)
    return addresses


def _open(family: int, address: Any, host: str, context: ssl.SSLContext | None, deadline_s: float) -> Wire:  # noqa: ANN401
    try:
        wire = Wire(family) if context is None else TlsWire(family, context, host)
    except OSError as error:
        raise _connect_failure(error) from error
    try:
        _connect(wire, address, deadline_s)
        if isinstance(wire, TlsWire):
            _handshake(wire, deadline_s)
    except BaseException:
        wire.close()
        raise
    return wire


def _connect(wire: Wire, address: Any, deadline_s: float) -> None:  # noqa: ANN401 - whatever getaddrinfo returned
    try:
        wire.connect(address, deadline_s)
    except OSError as error:
        raise _connect_failure(error) from error


def _handshake(wire: TlsWire, deadline_s: float) -> None:
    try:
        wire.handshake(deadline_s)
    except ssl.SSLCertVerificationError as error:
        message = f"certificate refused: {error.verify_message}"
        raise RequestFailedError(FailureKind.TLS, message) from error
    except ssl.SSLError as error:
        reason = (error.reason or "protocol error").replace("_", " ").lower()
        raise RequestFailedError(FailureKind.TLS, f"handshake failed: {reason}") from error
    except TimeoutError as error:
        raise RequestFailedError(FailureKind.CONNECT_TIMEOUT, "TLS handshake timed out") from error
    except OSError as error:
        raise RequestFailedError(FailureKind.TLS, "connection closed within the TLS handshake") from error


def _connect_failure(error: OSError) -> RequestFailedError:
    if isinstance(error, TimeoutError):
        return RequestFailedError(FailureKind.CONNECT_TIMEOUT, "connecting timed out")
    if isinstance(error, ConnectionRefusedError):
        return RequestFailedError(FailureKind.CONNECT_REFUSED, "connection refused")
    name = errno.errorcode.get(error.errno or 0, "unknown error")
    if error.errno in _OWN_LIMITS:
        return RequestFailedError(
            FailureKind.GENERATOR, f"the load generator cannot open a connection: {name}"
        )
    return RequestFailedError(FailureKind.CONNECT_FAILED, f"connecting failed: {name}")
