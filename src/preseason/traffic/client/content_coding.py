"""Decompression with a bound, so that a small answer cannot fill the generator's memory."""

from __future__ import annotations

import zlib

from .failures import FailureKind, RequestFailedError

_GZIP = zlib.MAX_WBITS | 16
_RAW_DEFLATE = -zlib.MAX_WBITS
_ZLIB_METHOD = 8


def decode_body(coding: str, body: bytes, max_bytes: int) -> bytes:
    """The body without the codings its Content-Encoding names, the last applied first.

    Raises:
        RequestFailedError: for an unknown coding, a damaged or truncated stream, or more than ``max_bytes``.
    """
    for each in reversed(coding.lower().split(",")):
        match each.strip():
            case "gzip" | "x-gzip":
                body = _inflate(body, _GZIP, max_bytes)
            case "deflate":
                body = _inflate(body, _deflate_window(body), max_bytes)
            case "" | "identity":
                pass
            case _:
                raise RequestFailedError(
                    FailureKind.UNSUPPORTED, "content coding is neither gzip nor deflate"
                )
    return body


def _deflate_window(body: bytes) -> int:
    """Servers send ``deflate`` with and without the zlib header (RFC 9110, section 8.4.1.2, notes both)."""
    zlib_header = len(body) > 1 and body[0] & 0x0F == _ZLIB_METHOD and (body[0] << 8 | body[1]) % 31 == 0
    return zlib.MAX_WBITS if zlib_header else _RAW_DEFLATE


def _inflate(body: bytes, window: int, max_bytes: int) -> bytes:
    stream = zlib.decompressobj(window)
    try:
        plain = stream.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise _malformed("compressed body is damaged") from error
    if len(plain) > max_bytes:
        raise RequestFailedError(FailureKind.BODY_TOO_LARGE, "decompressed body exceeds the limit")
    if not stream.eof:
        raise _malformed("compressed body is truncated")
    if stream.unused_data:
        raise _malformed("bytes follow the compressed body")
    return plain


def _malformed(message: str) -> RequestFailedError:
    return RequestFailedError(FailureKind.MALFORMED_RESPONSE, message)
