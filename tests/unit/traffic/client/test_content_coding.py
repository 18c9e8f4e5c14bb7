from __future__ import annotations

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.traffic.client.content_coding import decode_body
from preseason.traffic.client.failures import FailureKind, RequestFailedError

LIMIT = 1_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@given(st.binary())
def test_every_coding_gives_back_what_went_in(data: bytes) -> None:
    assert decode_body("gzip", gzip.compress(data, mtime=0), LIMIT) == data
    assert decode_body("X-GZIP", gzip.compress(data, mtime=0), LIMIT) == data
    assert decode_body("deflate", zlib.compress(data), LIMIT) == data
    assert decode_body("identity", data, LIMIT) == data
    assert decode_body("deflate, gzip", gzip.compress(zlib.compress(data)), LIMIT) == data


def test_deflate_without_its_header_is_understood() -> None:
    assert decode_body("deflate", raw_deflate(b"scores " * 50), LIMIT) == b"scores " * 50


@pytest.mark.parametrize(
    ("coding", "body", "kind"),
    [
        ("gzip", gzip.compress(b"abc" * 9, mtime=0)[:-1], FailureKind.MALFORMED_RESPONSE),
        ("gzip", gzip.compress(b"abc", mtime=0) + b"!", FailureKind.MALFORMED_RESPONSE),
        ("gzip", b"plain", FailureKind.MALFORMED_RESPONSE),
        ("gzip", gzip.compress(b"0" * (LIMIT + 1)), FailureKind.BODY_TOO_LARGE),
        ("zstd", b"", FailureKind.UNSUPPORTED),
    ],
)
def test_what_cannot_be_decoded_says_why(coding: str, body: bytes, kind: FailureKind) -> None:
    with pytest.raises(RequestFailedError) as raised:
        decode_body(coding, body, LIMIT)
    assert raised.value.failure.kind is kind


@given(st.sampled_from(["gzip", "deflate"]), st.binary(max_size=300))
def test_arbitrary_bytes_are_decoded_or_refused(coding: str, body: bytes) -> None:
    with contextlib.suppress(RequestFailedError):
        decode_body(coding, body, LIMIT)
