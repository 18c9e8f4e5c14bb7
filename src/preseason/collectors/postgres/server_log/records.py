"""Bytes of a log file, as they come in, cut into entries: whatever is half, garbled or too long.

With ``jsonlog`` an entry is a line. With ``csvlog`` its quoted fields may hold line ends, so it ends at the
first line end outside quotes. What a crash left open would turn inside out everything that follows it. But in
a quoted field quotes are doubled, so a line that begins as entries of clients do, with a single quote before
the name, can be no part of one: there the cutting starts anew.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A statement may hold many rows of values; what is longer is not kept.
MAX_ENTRY_BYTES = 2**20
_HEAD = re.compile(rb'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^",]{1,40},"[^"]')


class Format(StrEnum):
    """As ``log_destination`` calls it."""

    JSON = "jsonlog"
    CSV = "csvlog"

    @property
    def ending(self) -> str:
        """How the names of its files end."""
        return f".{self.removesuffix('log')}"


class Records:
    """Cuts one file, from its beginning (``is_sure``) or from somewhere within.

    From within, what comes before the first entry that is surely whole was never ours to miss; with
    ``csvlog``, that may be half an entry.
    """

    def __init__(self, form: Format, *, is_sure: bool) -> None:
        self.is_sure = is_sure
        self._form = form
        self._line = bytearray()
        self._line_is_odd = False
        self._entry = bytearray()
        self._is_open = False
        self._is_too_long = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """The entries that end in ``data``; None for each that cannot be told."""
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._add(piece)
            yield from self._end_line()
        self._add(rest)

    def _add(self, piece: bytes) -> None:
        """Quotes are counted in all of a line, of which only so much is kept as an entry may have."""
        self._line_is_odd ^= bool(piece.count(b'"') % 2)
        self._line += piece[: MAX_ENTRY_BYTES + 1 - len(self._line)]

    def _end_line(self) -> Iterator[bytes | None]:
        if self._form is Format.CSV:
            if _HEAD.match(self._line):
                yield from self._start_anew()
            self._is_open ^= self._line_is_odd
        self._keep_line()
        if not self._is_open:
            yield from self._end_entry()

    def _keep_line(self) -> None:
        self._is_too_long |= len(self._entry) + len(self._line) > MAX_ENTRY_BYTES
        if not self._is_too_long:
            self._entry += self._line + (b"\n" if self._is_open else b"")
        self._line.clear()
        self._line_is_odd = False

    def _start_anew(self) -> Iterator[None]:
        """The line at hand begins an entry; one that was still open is given up."""
        if self._is_open and self.is_sure:
            yield None
        self._entry.clear()
        self._is_open = self._is_too_long = False
        self.is_sure = True

    def _end_entry(self) -> Iterator[bytes | None]:
        entry = None if self._is_too_long else bytes(self._entry)
        if self.is_sure or (self._form is Format.CSV and entry is not None):
            yield entry
        self.is_sure |= self._form is Format.JSON
        self._entry.clear()
        self._is_too_long = False
