"""Which files the log has, and how far each was read. Files are rotated, truncated, replaced and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.postgres.server_log.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.collectors.postgres.server_log.records import Format

#: So many of the bytes that were read last are read again, to see that they are still there.
OVERLAP_BYTES = 64


@dataclass(frozen=True, slots=True)
class LogFile:
    """``log_files.sql``."""

    name: str
    size_bytes: int
    modified_s: float


class Followed:
    """One file, read up to ``position`` of ``size_bytes``; ``overlap`` was read last and stands before it."""

    def __init__(self, form: Format, position: int) -> None:
        self.position = self.size_bytes = position
        self.overlap = b""
        self.records = Records(form, is_sure=position == 0)

    @property
    def start(self) -> int:
        """Where to read from: before what is new, so that it can be seen to go on from what was read.

        What begins within a file begins with the byte before, which tells whether it begins a line.
        """
        return max(0, self.position - (len(self.overlap) or 1))

    @property
    def is_behind(self) -> bool:
        return self.position < self.size_bytes

    def take(self, data: bytes) -> Iterator[bytes | None] | None:
        """The entries that end in ``data``, read from ``start``; None where this is another file."""
        if not data.startswith(self.overlap):
            return None
        if len(data) + self.start < self.position:
            return None
        new = data[len(self.overlap) :]
        self.position = self.start + len(data)
        self.overlap = (self.overlap + new)[-OVERLAP_BYTES:]
        return self.records.feed(new)


class Files:
    """Follows all files of one format, from the ends that they have when they are first listed."""

    def __init__(self, form: Format) -> None:
        self.form = form
        #: Times that something may have been written and was gone before it was read.
        self.lost = 0
        self._followed: dict[str, Followed] | None = None
        self._written_last = ""

    def changed(self, listing: Sequence[LogFile]) -> list[str]:
        """The names of the files with something new in them, in the order in which they were last written."""
        listed = sorted(
            (it for it in listing if it.name.endswith(self.form.ending)),
            key=lambda it: (it.modified_s, it.name),
        )
        if self._followed is None:
            self._followed = {it.name: Followed(self.form, it.size_bytes) for it in listed}
        self._miss({it.name for it in listed})
        was_written_last, self._written_last = self._written_last, listed[-1].name if listed else ""
        found = []
        for file in listed:
            followed = self._followed.setdefault(file.name, Followed(self.form, 0))
            if file.size_bytes < followed.position:
                followed = self.replaced(file.name, was_written_last)
            followed.size_bytes = file.size_bytes
            if followed.is_behind:
                found.append(file.name)
        return found

    def __getitem__(self, name: str) -> Followed:
        return (self._followed or {})[name]

    def replaced(self, name: str, was_written_last: str = "") -> Followed:
        """Follow a file from its beginning, for it is another one of the same name."""
        self.lost += name == (was_written_last or self._written_last)
        size_bytes = self[name].size_bytes
        self._followed = {**(self._followed or {}), name: Followed(self.form, 0)}
        self[name].size_bytes = size_bytes
        return self[name]

    def _miss(self, names: set[str]) -> None:
        """Whoever removes the file that was written last may have removed what was not read yet."""
        followed = self._followed or {}
        gone = followed.keys() - names
        self.lost += sum(name == self._written_last or followed[name].is_behind for name in gone)
        self._followed = {name: followed[name] for name in followed if name not in gone}
