"""The texts of control groups' files. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Version 1 writes "no limit" as the largest number of whole pages.
_NO_LIMIT_BYTES = 2**62
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Membership:
    """A line of ``/proc/<pid>/cgroup``; version 2 is the hierarchy without ``controllers``."""

    controllers: frozenset[str]
    path: str


@dataclass(frozen=True, slots=True)
class Mount:
    """A cgroup file system: ``root`` of its hierarchy is seen at ``point``."""

    version: int
    controllers: frozenset[str]
    root: str
    point: str


def memberships(text: str) -> Iterator[Membership]:
    """``/proc/<pid>/cgroup``: ``number:controllers:path``, one hierarchy a line."""
    for line in text.splitlines():
        _, first, rest = line.partition(":")
        names, second, path = rest.partition(":")
        if first and second:
            yield Membership(frozenset(name for name in names.split(",") if name), path)


def mounts(text: str) -> Iterator[Mount]:
    """The cgroup file systems of ``/proc/<pid>/mountinfo`` (proc(5)).

    ``id parent major:minor root point options [optional …] - type source super-options``
    """
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if not dash or len(fields) < 6 or kind[0] not in {"cgroup", "cgroup2"}:  # noqa: PLR2004 - see above
            continue
        of_version_1 = kind[0] == "cgroup"
        controllers = frozenset(kind[-1].split(",")) if of_version_1 else frozenset[str]()
        version = 1 if of_version_1 else 2
        yield Mount(version, controllers, _plain(fields[3]), _plain(fields[4]))


def _plain(path: str) -> str:
    """A path of mountinfo, where blanks and their like are written in octal."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), path)


def keyed(text: str) -> dict[str, int]:
    """``cpu.stat``, ``memory.stat``, ``memory.events`` …: a name and a whole number a line."""
    words = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in words if len(pair) == 2 and _is_whole(pair[1])}  # noqa: PLR2004 - a pair


def quota_cores(text: str) -> float | None:
    """``cpu.max``: ``quota period`` in microseconds, as so many processors; None for ``max``, no quota."""
    quota, _, period = text.strip().partition(" ")
    if not (_is_whole(quota) and _is_whole(period)) or int(period) == 0:
        return None
    return int(quota) / int(period)


def limit_bytes(text: str) -> int | None:
    """``memory.max`` or ``memory.limit_in_bytes``; None where there is none."""
    written = text.strip()
    if not _is_whole(written) or int(written) >= _NO_LIMIT_BYTES:
        return None
    return int(written)


def io_bytes(text: str) -> tuple[int, int]:
    """``io.stat``: bytes read and written, over all devices (``8:0 rbytes=1 wbytes=2 …``)."""
    pairs = [word.partition("=") for line in text.splitlines() for word in line.split()[1:]]
    sums = (sum(int(value) for name, _, value in pairs if name == key and _is_whole(value)) for key in _IO_2)
    return next(sums), next(sums)


def blkio_bytes(text: str) -> tuple[int, int]:
    """``blkio.throttle.io_service_bytes``: likewise in version 1 (``8:0 Read 1``)."""
    lines = [line.split() for line in text.splitlines()]
    three = [words for words in lines if len(words) == 3 and _is_whole(words[2])]  # noqa: PLR2004 - see above
    sums = (sum(int(value) for _, what, value in three if what == key) for key in _IO_1)
    return next(sums), next(sums)


_IO_2, _IO_1 = ("rbytes", "wbytes"), ("Read", "Write")


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit()
