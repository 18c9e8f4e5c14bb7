from __future__ import annotations

import gzip
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.traffic.client.failures import FailureKind, RequestFailedError
from preseason.traffic.client.reply import ReplyReader
from preseason.traffic.client.settings import Limits

if TYPE_CHECKING:
    from preseason.traffic.client.response import Response

SMALL = Limits(header_bytes=1000, body_bytes=2000)


def read(*pieces: bytes, method: str = "GET", limits: Limits = SMALL, closed: bool = False) -> Response:
    return read_on(ReplyReader(limits), *pieces, method=method, closed=closed)


def read_on(reader: ReplyReader, *pieces: bytes, method: str = "GET", closed: bool = False) -> Response:
    reader.begin(method)
    complete = False
    for piece in pieces:
        assert not complete, "bytes left over"
        complete = reader.feed(piece)
    if closed and not complete:
        reader.finish()
    elif not complete:
        raise AssertionError("the answer is not complete")
    return reader.response()


def failure_of(
    *pieces: bytes, method: str = "GET", limits: Limits = SMALL, closed: bool = False
) -> FailureKind:
    with pytest.raises(RequestFailedError) as raised:
        read(*pieces, method=method, limits=limits, closed=closed)
    return raised.value.failure.kind


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def test_a_plain_answer_is_read_whole() -> None:
    response = read(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")
    assert (response.status, response.body, response.failure) == (200, b"ok", None)
    assert response.headers["content-type"] == "text/plain"


def test_one_connection_carries_many_answers() -> None:
    reader = ReplyReader()
    for number in range(5):
        body = b"answer %d" % number
        response = read_on(reader, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        assert response.body == body
        assert reader.keep_alive


def test_chunks_extensions_and_trailers_make_one_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    assert read(head + b"2;note=1\r\nab\r\n3\r\ncde\r\n0\r\nX-Sum: 5\r\n\r\n").body == b"abcde"


def test_a_chunked_gzip_body_is_decompressed() -> None:
    packed = gzip.compress(b"scores " * 20)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert read(head + chunked(packed[:9], packed[9:])).body == b"scores " * 20


def test_informational_answers_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    response = read(interim + b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nA: b\r\n\r\nok")
    assert (response.status, response.body, response.headers["a"]) == (201, b"ok", "b")
    assert "link" not in response.headers


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_end_at_their_head(status: int) -> None:
    reader = ReplyReader()
    response = read_on(reader, b"HTTP/1.1 %d X\r\nContent-Length: 900\r\n\r\n" % status)
    assert (response.status, response.body, reader.keep_alive) == (status, b"", True)


@pytest.mark.parametrize("framing", [b"Content-Length: 900\r\n", b"Transfer-Encoding: chunked\r\n", b""])
def test_an_answer_to_head_ends_at_its_head_and_keeps_the_connection(framing: bytes) -> None:
    reader = ReplyReader()
    response = read_on(
        reader, b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n" + framing + b"\r\n", method="HEAD"
    )
    assert (response.status, response.body, reader.keep_alive) == (200, b"", True)
    assert read_on(reader, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").body == b"ok"


def test_an_answer_without_a_length_ends_when_the_server_closes() -> None:
    reader = ReplyReader()
    response = read_on(reader, b"HTTP/1.1 200 OK\r\n\r\nall ", b"of it", closed=True)
    assert (response.status, response.body, reader.keep_alive) == (200, b"all of it", False)


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_connection_is_kept_as_the_server_says(head: bytes, method: str, kept: bool) -> None:  # noqa: FBT001
    reader = ReplyReader()
    read_on(reader, head + b"Content-Length: 0\r\n\r\n", method=method)
    assert reader.keep_alive is kept


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_an_error_status_is_a_failure_with_its_body_at_hand(status: int) -> None:
    response = read(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nno" % status)
    assert response.failure is not None
    assert response.failure.kind is (FailureKind.STATUS_4XX if status < 500 else FailureKind.STATUS_5XX)
    assert response.failure.message == f"status {status}"
    assert response.body == b"no"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_what_is_no_proper_answer_is_malformed(answer: bytes) -> None:
    assert failure_of(answer) is FailureKind.MALFORMED_RESPONSE


def test_a_body_after_an_answer_to_head_is_malformed() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert failure_of(answer, method="HEAD") is FailureKind.MALFORMED_RESPONSE


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x00",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunked(b"x"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
    ],
)
@pytest.mark.parametrize("method", ["GET"])
def test_what_this_client_cannot_do_is_said(answer: bytes, method: str) -> None:
    assert failure_of(answer, method=method) is FailureKind.UNSUPPORTED


def test_a_header_without_end_is_given_up_at_the_limit() -> None:
    line = b"X-Filler: " + b"x" * 80 + b"\r\n"
    assert failure_of(b"HTTP/1.1 200 OK\r\n", *[line] * 100) is FailureKind.HEADER_TOO_LARGE
    assert failure_of(b"HTTP/1.1 200 OK\r\n" + line * 100 + b"\r\n") is FailureKind.HEADER_TOO_LARGE
    assert failure_of(b"HTTP/1.1 200 OK\r\n", *[line] * 100, method="HEAD") is FailureKind.HEADER_TOO_LARGE
    assert failure_of(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 100) is FailureKind.HEADER_TOO_LARGE


def test_a_body_announced_too_large_is_given_up_at_its_head() -> None:
    assert failure_of(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n") is FailureKind.BODY_TOO_LARGE


def test_a_body_grown_too_large_is_given_up_at_the_limit() -> None:
    pieces = [b"100\r\n" + b"x" * 256 + b"\r\n"] * 20
    chunks = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *pieces)
    assert failure_of(*chunks) is FailureKind.BODY_TOO_LARGE
    endless = (b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 100] * 100)
    assert failure_of(*endless) is FailureKind.BODY_TOO_LARGE
    assert failure_of(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2500, closed=True) is FailureKind.BODY_TOO_LARGE


def test_a_small_body_that_decompresses_too_large_is_given_up() -> None:
    packed = gzip.compress(b"0" * 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert failure_of(head + packed) is FailureKind.BODY_TOO_LARGE


VALID = [
    ("GET", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world"),
    ("GET", b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"one", b"two two")),
    (
        "GET",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok",
    ),
    ("GET", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"),
    ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7\r\n\r\n"),
    ("HEAD", b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
    (
        "GET",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 26\r\n\r\n"
        + gzip.compress(b"zipped", mtime=0),
    ),
]


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(index % len(data) for index in at), len(data)]
    return [data[start:end] for start, end in pairwise(edges) if end > start]


@given(st.sampled_from(VALID), st.lists(st.integers(0, 10_000), max_size=12))
def test_however_it_is_cut_an_answer_reads_the_same(case: tuple[str, bytes], at: list[int]) -> None:
    method, answer = case
    whole, cut_up = ReplyReader(), ReplyReader()
    one = read_on(whole, answer, method=method)
    other = read_on(cut_up, *cut(answer, at), method=method)
    assert (one.status, one.head, one.body, one.failure) == (
        other.status,
        other.head,
        other.body,
        other.failure,
    )
    assert whole.keep_alive == cut_up.keep_alive


@given(st.sampled_from(VALID), st.integers(0, 10_000))
def test_a_truncated_answer_always_fails(case: tuple[str, bytes], length: int) -> None:
    method, answer = case
    assert outcome_of(method, [answer[: length % len(answer)]]) is None


@given(
    st.binary(max_size=600), st.lists(st.integers(0, 10_000), max_size=5), st.sampled_from(["GET", "HEAD"])
)
def test_arbitrary_bytes_end_in_an_answer_or_a_failure(data: bytes, at: list[int], method: str) -> None:
    outcome_of(method, cut(data, at) if data else [])


@given(st.data())
def test_a_damaged_answer_ends_in_an_answer_or_a_failure(data: st.DataObject) -> None:
    method, answer = data.draw(st.sampled_from(VALID))
    damaged = bytearray(answer)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    outcome_of(method, cut(bytes(damaged), data.draw(st.lists(st.integers(0, 10_000), max_size=4))))


@given(st.binary(max_size=200))
def test_arbitrary_header_values_never_crash(value: bytes) -> None:
    names = (
        b"Set-Cookie",
        b"Content-Encoding",
        b"Content-Type",
        b"Connection",
        b"Content-Length",
        b"Location",
    )
    for name in names:
        response = outcome_of("GET", [b"HTTP/1.1 200 OK\r\n%b: %b\r\n\r\nbody" % (name, value)])
        if response is not None:
            assert isinstance(response.text, str)
            assert isinstance(response.headers.get(name.decode()), str | None)


def outcome_of(method: str, pieces: list[bytes]) -> Response | None:
    """The response, or None for a failure; nothing else is allowed to come out."""
    reader = ReplyReader(SMALL)
    reader.begin(method)
    try:
        if not any(reader.feed(piece) for piece in pieces):
            reader.finish()
        return reader.response()
    except RequestFailedError:
        return None
