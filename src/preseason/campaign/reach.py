"""Whether something that speaks HTTP listens at an address: the first bytes of an answer are enough.

Less than an HTTP client on purpose. A target may answer with a gigabyte, a header without an end or a byte a
minute; the load is what counts that against it, and nothing before the load may hang on it.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_HTTP = b"HTTP/"
_PORTS = {"http": 80, "https": 443}


def why_unreachable(address: SplitResult, within_s: float) -> str:
    """Ask for ``/`` and wait for the beginning of any HTTP answer, even an error; empty when it comes."""
    deadline_s = time.monotonic() + within_s
    try:
        with _connected(address, deadline_s) as connection:
            connection.sendall(_request(address))
            return _why_no_answer(connection, deadline_s)
    except TimeoutError:
        return f"it was silent for {within_s:g} s"
    except ssl.SSLError as error:
        return f"TLS failed: {(error.reason or 'protocol error').replace('_', ' ').lower()}"
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)


def _connected(address: SplitResult, deadline_s: float) -> socket.socket:
    """With TLS, whoever is there: whether its certificate can be trusted is for the scenarios to say."""
    host, port = address.hostname or "", address.port or _PORTS[address.scheme]
    connection = socket.create_connection((host, port), timeout=_left_s(deadline_s))
    if address.scheme == "http":
        return connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)


def _request(address: SplitResult) -> bytes:
    return f"GET {address.path}/ HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode()


def _why_no_answer(connection: socket.socket, deadline_s: float) -> str:
    begun = b""
    while len(begun) < len(_HTTP):
        connection.settimeout(_left_s(deadline_s))
        if not (more := connection.recv(len(_HTTP) - len(begun))):
            return "it closed the connection without an answer"
        begun += more
    return "" if begun == _HTTP else "what listens there does not speak HTTP"


def _left_s(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
