from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

from preseason.errors import BadInputError, Problem

from .wire import Wire

#: What a TLS record holds at most (RFC 8446, section 5.1); one read returns at most one record.
_RECORD_BYTES = 16 * 1024


@lru_cache(maxsize=16)
def tls_context(verify: bool | str = True) -> ssl.SSLContext:  # noqa: FBT001, FBT002 - a switch or a file, as elsewhere
    """How certificates are checked, shared by all users: True by the system's authorities, a path by those in
    that file (PEM) or folder, False not at all.

    Raises:
        BadInputError: if the file cannot be used.
    """
    if isinstance(verify, bool):
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
    else:
        context = _context_trusting(Path(verify))
    context.set_alpn_protocols(["http/1.1"])
    return context


def _context_trusting(authorities: Path) -> ssl.SSLContext:
    folder = authorities if authorities.is_dir() else None
    try:
        return ssl.create_default_context(cafile=None if folder else authorities, capath=folder)
    except OSError as error:
        remedy = "name a PEM file with the certificates of the authorities to trust"
        problem = Problem(
            f"this file of certificate authorities cannot be used: {error}", str(authorities), remedy
        )
        raise BadInputError(problem) from error


class TlsWire(Wire):
    """A wire whose bytes are encrypted.

    TLS runs in memory and the wire carries what comes out. That costs a copy and saves a system call: OpenSSL
    on a socket reads the five bytes of a record's header by themselves.

    Raises:
        ssl.SSLError: when the peers do not agree, or the certificate is refused.
        ConnectionAbortedError: at the end of a stream that TLS did not end, which may have been cut.
    """

    __slots__ = ("_incoming", "_outgoing", "_tls")

    def __init__(self, family: int, context: ssl.SSLContext, host: str) -> None:
        super().__init__(family)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def handshake(self, deadline_s: float) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush(deadline_s)
                self._take(super().receive(deadline_s))
            except ssl.SSLError:
                self._flush(deadline_s)  # the peer is told why
                raise
            else:
                self._flush(deadline_s)
                return

    def send(self, data: bytes, deadline_s: float) -> None:
        self._tls.write(data)
        super().send(self._outgoing.read(), deadline_s)

    def receive(self, deadline_s: float) -> bytes:
        incoming = self._incoming
        if not incoming.pending:
            self._take(super().receive(deadline_s))
        while True:
            try:
                return self._tls.read(_RECORD_BYTES)
            except ssl.SSLWantReadError:
                self._flush(deadline_s)
                self._take(super().receive(deadline_s))
            except ssl.SSLZeroReturnError:
                return b""

    def is_quiet(self) -> bool:
        """As for any wire, except that TLS may send messages of its own, such as session tickets."""
        if super().is_quiet() and not self._incoming.pending:
            return True
        return self._only_tickets_came()

    def _only_tickets_came(self) -> bool:
        try:
            self._take(self._sock.recv(_RECORD_BYTES))
        except BlockingIOError:
            pass
        except OSError:
            return False
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            return False
        return False

    def _take(self, data: bytes) -> None:
        if not data:
            raise ConnectionAbortedError("stream ended without close_notify")
        self._incoming.write(data)

    def _flush(self, deadline_s: float) -> None:
        if self._outgoing.pending:
            super().send(self._outgoing.read(), deadline_s)
