"""From received bytes to an answer: framing, limits, what ends a connection. Pure: who has bytes feeds it."""

from __future__ import annotations

import re
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from .content_coding import decode_body
from .failures import FailureKind, RequestFailedError, of_status
from .response import Response
from .settings import DEFAULT_LIMITS, Limits

_PARSER_ERRORS = (HttpParserError, HttpParserUpgrade)
_HEAD_END = b"\r\n\r\n"
#: The classes of RFC 9110, section 15: below 200 informational, from 400 on an error.
_LOWEST_STATUS, _LOWEST_FINAL, _LOWEST_ERROR = 100, 200, 400
_SWITCHING_PROTOCOLS = 101
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d+)", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection:[ \t]*([^\r]*)", re.IGNORECASE)
_TRANSFER_CODINGS: Final[tuple[list[bytes], ...]] = ([], [b"chunked"])
_TRANSFER_CODING = re.compile(rb"\r\ntransfer-encoding:[ \t]*([^\r]*)", re.IGNORECASE)


class ReplyReader:
    """Reads the answers of one connection, one after the other.

    llhttp does the framing and validation. It is given no header callback, because calls into Python are what
    costs: the head is kept as it came and only looked through for the few words that matter here.

    ``begin`` an answer, ``feed`` until it returns True or call ``finish`` at the end of the stream, take
    ``response``; ``keep_alive`` then says whether the connection can carry another one.
    """

    __slots__ = (
        "_bodiless",
        "_complete",
        "_head",
        "_interim",
        "_limits",
        "_parser",
        "_parts",
        "_raw",
        "_received_bytes",
        "_status",
        "_surplus",
        "keep_alive",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._parser = HttpResponseParser(self)

    def begin(self, method: str) -> None:
        self._bodiless = method == "HEAD"
        self._complete = self._surplus = self.keep_alive = False
        self._head = self._raw = b""
        self._parts: list[bytes] = []
        self._interim = self._received_bytes = self._status = 0

    def forget(self) -> None:
        """Lets go of what has come of an answer.

        The reader and its parser hold each other, so that it would stay until the collector looks for cycles.
        """
        self._parts = []
        self._head = self._raw = b""

    @property
    def started(self) -> bool:
        """Whether any byte of the answer has come."""
        return self._received_bytes > 0

    def feed(self, data: bytes) -> bool:
        """Takes the next bytes; True when the answer is complete.

        Raises:
            RequestFailedError: for what is no HTTP/1 answer, exceeds a limit or is not supported.
        """
        self._received_bytes += len(data)
        if self._bodiless:
            return self._feed_bodiless(data)
        try:
            self._parser.feed_data(data)
        except _PARSER_ERRORS as error:
            raise self._explained(error) from error
        if not self._head:
            self._find_head(data)
        if self._surplus:
            raise _malformed("bytes follow the answer")
        if not self._complete:
            self._check_sizes()
        return self._complete

    def finish(self) -> None:
        """The server closed: that completes an answer that announced no length, and breaks any other.

        Raises:
            RequestFailedError: if the answer is incomplete.
        """
        delimited = not self._head or _LENGTH.search(self._head) or _TRANSFER_CODING.search(self._head)
        if delimited or self._bodiless:
            raise RequestFailedError(FailureKind.CONNECTION_CLOSED, "connection closed within an answer")
        self._status = self._parser.get_status_code()
        self._complete = True

    def response(self) -> Response:
        """The complete answer.

        Raises:
            RequestFailedError: if its body cannot be decoded or is too large.
        """
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        if len(body) > self._limits.body_bytes:
            raise RequestFailedError(FailureKind.BODY_TOO_LARGE, "body exceeds the limit")
        response = Response(self._status, self._head, body)
        folded = self._head.lower()
        response.sets_cookies = b"\r\nset-cookie:" in folded
        if body and b"-encoding:" in folded:
            self._decode(response, folded)
        if not _LOWEST_STATUS <= self._status < _LOWEST_ERROR:
            if self._status < _LOWEST_STATUS:
                raise _malformed("status below 100")
            response.failure = of_status(self._status)
        return response

    def _decode(self, response: Response, folded: bytes) -> None:
        _refuse_other_codings(folded)
        if b"\r\ncontent-encoding:" in folded:
            coding = response.headers["content-encoding"]
            response.body = decode_body(coding, response.body, self._limits.body_bytes)

    def _explained(self, error: Exception) -> RequestFailedError:
        if self._status == _SWITCHING_PROTOCOLS:
            return RequestFailedError(FailureKind.UNSUPPORTED, "server switches protocols")
        return _malformed("bytes follow the answer" if self._complete else f"malformed answer: {error}")

    def _find_head(self, data: bytes) -> None:
        """Finds where the head of the final answer ends, past any informational ones before it."""
        raw = self._raw + data if self._raw else data
        end = raw.find(_HEAD_END)
        while self._interim and end >= 0:
            self._interim -= 1
            raw = raw[end + len(_HEAD_END) :]
            end = raw.find(_HEAD_END)
        if end < 0:
            self._raw = raw
            if self._received_bytes > self._limits.header_bytes:
                raise RequestFailedError(FailureKind.HEADER_TOO_LARGE, "header exceeds the limit")
            return
        if end > self._limits.header_bytes:
            raise RequestFailedError(FailureKind.HEADER_TOO_LARGE, "header exceeds the limit")
        if not raw.startswith(b"HTTP/1."):
            raise _malformed("answer is not HTTP/1")
        self._head = raw[:end]
        self._raw = b""

    def _check_sizes(self) -> None:
        """Gives up on a body as soon as it is announced, or has become, too large, or will not be read."""
        limits = self._limits
        if self._received_bytes > limits.header_bytes + limits.body_bytes:
            raise RequestFailedError(FailureKind.BODY_TOO_LARGE, "body exceeds the limit")
        if not self._head:
            return
        if (announced := _LENGTH.search(self._head)) and int(announced[1]) > limits.body_bytes:
            raise RequestFailedError(FailureKind.BODY_TOO_LARGE, "announced body exceeds the limit")
        _refuse_other_codings(self._head.lower())

    def _feed_bodiless(self, data: bytes) -> bool:
        """Reads an answer to HEAD; the parser sees the head only, else it would wait for the body."""
        self._raw += data
        while not self._complete and (end := self._raw.find(_HEAD_END)) >= 0:
            head, self._raw = self._raw[:end], self._raw[end + len(_HEAD_END) :]
            try:
                self._parser.feed_data(head + _HEAD_END)
            except _PARSER_ERRORS as error:
                raise self._explained(error) from error
            self._head = head
            if self._interim:
                self._interim = 0
            else:
                self._complete_without_body(head)
        if self._received_bytes > self._limits.header_bytes:
            raise RequestFailedError(FailureKind.HEADER_TOO_LARGE, "header exceeds the limit")
        return self._complete

    def _complete_without_body(self, head: bytes) -> None:
        if self._raw:
            raise _malformed("bytes follow the answer")
        if not head.startswith(b"HTTP/1."):
            raise _malformed("answer is not HTTP/1")
        self._status = self._parser.get_status_code()
        options = b",".join(_CONNECTION.findall(head)).lower()
        self.keep_alive = (
            b"keep-alive" in options if head.startswith(b"HTTP/1.0") else b"close" not in options
        )
        self._complete = True
        self._parser = HttpResponseParser(self)

    # What llhttp calls, by the names httptools prescribes.

    def on_message_begin(self) -> None:
        if self._complete:
            self._surplus = True

    def on_body(self, data: bytes) -> None:
        self._parts.append(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if _LOWEST_STATUS <= status < _LOWEST_FINAL and status != _SWITCHING_PROTOCOLS:
            self._interim += 1
            return
        self._status = status
        self.keep_alive = self._parser.should_keep_alive()
        self._complete = True


def _refuse_other_codings(folded_head: bytes) -> None:
    """Of transfer codings, llhttp takes ``chunked`` off; with any other it waits for the end of the stream.

    It means a tab behind the word to be another one.
    """
    codings = [coding.rstrip(b" ") for coding in _TRANSFER_CODING.findall(folded_head)]
    if codings not in _TRANSFER_CODINGS:
        raise RequestFailedError(FailureKind.UNSUPPORTED, "transfer coding is not chunked")


def _malformed(message: str) -> RequestFailedError:
    return RequestFailedError(FailureKind.MALFORMED_RESPONSE, message)
