"""Answers made by the grammar of RFC 9112, whose meaning is known beforehand, and damaged ones."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from itertools import cycle, pairwise

from hypothesis import given
from hypothesis import strategies as st

from preseason.traffic.client.failures import FailureKind, RequestFailedError
from preseason.traffic.client.reply import ReplyReader
from preseason.traffic.client.response import Response
from preseason.traffic.client.settings import Limits

LIMITS = Limits(header_bytes=4000, body_bytes=3000)
POSSIBLE = {
    FailureKind.MALFORMED_RESPONSE,
    FailureKind.CONNECTION_CLOSED,
    FailureKind.HEADER_TOO_LARGE,
    FailureKind.BODY_TOO_LARGE,
    FailureKind.UNSUPPORTED,
}
CODINGS = {
    b"": lambda body: body,
    b"gzip": gzip.compress,
    b"x-gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"identity": lambda body: body,
    b"deflate, gzip": lambda body: gzip.compress(zlib.compress(body)),
}
FIELDS = [
    (b"Server", b"nginx/1.22.1"),
    (b"x-empty", b""),
    (b"ETag", b'"a:b, c"'),
    (b"Vary", b"Accept-Encoding, Cookie"),
    (b"X-Odd", b"\xe4\xf6 transfer-encoding: chunked"),
    (b"Set-Cookie", b"session=s; Path=/; HttpOnly"),
    (b"X-Transfer-Encoding", b"gzip"),
    (b"X-Content-Length", b"999999"),
]


@dataclass(frozen=True)
class Written:
    """An answer to ``method`` as it is sent, and what must be read from it."""

    method: str
    sent: bytes
    status: int
    body: bytes
    kept: bool
    ends_by_closing: bool
    cookies: bool


@st.composite
def answers(draw: st.DrawFn) -> Written:
    method = draw(st.sampled_from(["GET", "GET", "POST", "HEAD"]))
    status = draw(st.sampled_from([200, 201, 204, 302, 304, 404, 500, 599]))
    body = draw(st.binary(max_size=400))
    bodiless = method == "HEAD" or status in {204, 304}
    coding = draw(st.sampled_from(list(CODINGS)))
    coded = CODINGS[coding](body) if body else b""
    fields = draw(st.lists(st.sampled_from(FIELDS), max_size=4))
    closing = draw(st.booleans())
    lines = [*fields, *([(b"Content-Encoding", coding)] if coding and coded else [])]
    lines += [(b"Connection", draw(st.sampled_from([b"close", b"Close"])))] if closing else []
    framing, frames = framed(draw, coded, may_close=not bodiless)
    lines += framing
    head = b"HTTP/1.1 %d %b\r\n" % (status, draw(st.sampled_from([b"OK", b"", b"What? 200 OK"])))
    head += b"".join(written(draw, name, value) for name, value in draw(st.permutations(lines)))
    return Written(
        method=method,
        sent=interim(draw) + head + b"\r\n" + (b"" if bodiless else frames),
        status=status,
        body=b"" if bodiless else body,
        kept=not closing and (bodiless or bool(framing)),
        ends_by_closing=not framing and not bodiless,
        cookies=any(name == b"Set-Cookie" for name, _ in fields),
    )


def written(draw: st.DrawFn, name: bytes, value: bytes) -> bytes:
    """Names in any capitals, and blanks around values."""
    name = draw(st.sampled_from([name, name.lower(), name.upper()]))
    tabs = (
        [] if name.lower() == b"transfer-encoding" else [b" \t"]
    )  # llhttp takes "chunked\t" for another word
    before, after = (draw(st.sampled_from([b"", b" ", *tabs])) for _ in range(2))
    return name + b":" + before + value + after + b"\r\n"


def interim(draw: st.DrawFn) -> bytes:
    few = st.sampled_from(
        [b"100 Continue\r\n", b"102 \r\n", b"103 Early Hints\r\nLink: </a>; rel=preload\r\n"]
    )
    return b"".join(b"HTTP/1.1 " + one + b"\r\n" for one in draw(st.lists(few, max_size=2)))


def framed(draw: st.DrawFn, coded: bytes, *, may_close: bool) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The header that says where a body ends, and the body so written; no header if it ends by closing."""
    match draw(st.sampled_from(["length", "chunked", *(["close"] if may_close else [])])):
        case "length":
            return [(b"Content-Length", b"0" * draw(st.integers(0, 2)) + b"%d" % len(coded))], coded
        case "chunked":
            sizes = draw(st.lists(st.integers(1, 90), max_size=8))
            return [(b"Transfer-Encoding", draw(st.sampled_from([b"chunked", b"Chunked"])))], chunks(
                draw, cut(coded, sizes)
            )
        case _:
            return [], coded


def chunks(draw: st.DrawFn, parts: list[bytes]) -> bytes:
    size = st.sampled_from([b"%x", b"%X", b"00%x"])
    extension = st.sampled_from([b"", b";a", b";a=b", b';a="b"'])
    lines = [draw(size) % len(part) + draw(extension) + b"\r\n" + part + b"\r\n" for part in parts]
    trailers = draw(st.sampled_from([b"", b"X-Sum: 5\r\n", b"Set-Cookie: no=cookie\r\nX-Sum: 5\r\n"]))
    return b"".join(lines) + b"0\r\n" + trailers + b"\r\n"


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Pieces of these sizes, again and again; all of it without any."""
    edges, at = [0], cycle(sizes)
    while edges[-1] < len(data):
        edges.append(min(edges[-1] + next(at, len(data)), len(data)))
    return [data[start:end] for start, end in pairwise(edges)]


SIZES = st.one_of(st.just([1]), st.lists(st.integers(1, 200), max_size=5))


@given(st.lists(st.tuples(answers(), SIZES), min_size=1, max_size=3))
def test_whatever_the_grammar_allows_is_read_as_it_was_meant(
    exchanges: list[tuple[Written, list[int]]],
) -> None:
    """Several on one connection, each in pieces, down to single bytes."""
    reader = ReplyReader(LIMITS)
    for answer, sizes in exchanges:
        reader.begin(answer.method)
        ends = [reader.feed(piece) for piece in cut(answer.sent, sizes)]
        if answer.ends_by_closing:
            assert not any(ends)
            reader.finish()
        else:
            assert ends == [False] * (len(ends) - 1) + [True]
        response = reader.response()
        assert (response.status, response.body) == (answer.status, answer.body)
        assert response.ok == (answer.status < 400)
        assert reader.keep_alive == answer.kept
        assert response.sets_cookies == answer.cookies
        assert response.headers.all("set-cookie") == response.headers.all("Set-Cookie")
        if not reader.keep_alive:
            reader = ReplyReader(LIMITS)


@given(answers(), SIZES, st.data())
def test_a_damaged_one_is_never_more_than_was_sent_nor_than_is_allowed(
    answer: Written, sizes: list[int], data: st.DataObject
) -> None:
    damaged = bytearray(answer.sent)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        match data.draw(st.sampled_from(["change", "insert", "remove", "double"])):
            case "change":
                damaged[at] = data.draw(st.integers(0, 255))
            case "insert":
                damaged[at:at] = data.draw(
                    st.sampled_from([b"\r\n", b"\n", b" ", b"\x00", b":", b"0", b"\r\n\r\n"])
                )
            case "remove":
                del damaged[at : at + 3]
                damaged += b"\r\n"
            case _:
                damaged[at:at] = damaged[at : at + 40]
    outcome = outcome_of(answer.method, cut(bytes(damaged), sizes))
    if isinstance(outcome, Response):
        assert 200 <= outcome.status <= 999
        assert len(outcome.body) <= LIMITS.body_bytes
        assert b"\r\n\r\n" not in outcome.head
    else:
        assert outcome in POSSIBLE


def outcome_of(method: str, pieces: list[bytes]) -> Response | FailureKind:
    reader = ReplyReader(LIMITS)
    reader.begin(method)
    try:
        if not any(reader.feed(piece) for piece in pieces):
            reader.finish()
        return reader.response()
    except RequestFailedError as error:
        return error.failure.kind
