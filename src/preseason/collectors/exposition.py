"""The text in which exporters show their metrics, format 0.0.4, read strictly.

One sample a line, ``name{label="value",…} value [timestamp]``; lines that begin with ``#`` are comments. A
page that is cut off or holds anything else is refused as a whole: half a page is not a smaller machine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[Ii]nf(?:inity)?)|[Nn]a[Nn]"
_SAMPLE = re.compile(
    r"[ \t]*(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(?:\{(?P<labels>.*)\}[ \t]*|[ \t])"
    rf"(?P<value>{_NUMBER})(?:[ \t]+-?\d+)?[ \t]*",
    re.ASCII,
)
_LABEL = re.compile(
    r'[ \t]*(?P<name>[a-zA-Z_]\w*)[ \t]*=[ \t]*"(?P<value>(?:[^"\\]|\\.)*)"[ \t]*(?:,|$)', re.ASCII
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}
_MOST_SHOWN = 60


class PageError(ValueError):
    """A text is no page of metrics; the message says which line is at fault."""


class Point(NamedTuple):
    """One sample of a page; its timestamp, which exporters of their own state leave out, is not kept."""

    name: str
    labels: dict[str, str]
    value: float


def read_page(text: str) -> tuple[Point, ...]:
    """Every sample of a page, in its order; :class:`PageError` where it is none."""
    lines = text.split("\n")  # not splitlines: what else breaks lines may stand in a label
    if lines.pop():
        raise PageError("it ends in the middle of a line")
    return tuple(_points(lines))


def _points(lines: list[str]) -> Iterator[Point]:
    for number, line in enumerate(lines, 1):
        written = line.strip(" \t")
        if written and not written.startswith("#"):
            yield _point(written, number)


def _point(line: str, number: int) -> Point:
    found = _SAMPLE.fullmatch(line)
    labels = None if found is None else _labels(found["labels"] or "")
    if found is None or labels is None:
        raise PageError(f"line {number} is no sample: {line[:_MOST_SHOWN]!r}")
    return Point(found["name"], labels, float(found["value"]))


def _labels(text: str) -> dict[str, str] | None:
    """The labels between the braces; None where they are malformed or one stands twice."""
    labels: dict[str, str] = {}
    at = 0
    while text[at:].strip(" \t"):
        found = _LABEL.match(text, at)
        if found is None or found["name"] in labels:
            return None
        labels[found["name"]] = _ESCAPE.sub(_unescaped, found["value"])
        at = found.end()
    return labels


def _unescaped(escape: re.Match[str]) -> str:
    """Exporters escape three characters; before any other, a backslash is one."""
    return _ESCAPED.get(escape[1], escape[0])
