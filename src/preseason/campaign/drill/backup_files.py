"""What a file is: a backup by its first bytes, its compression undone, and when it was made."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shutil
import tarfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preseason.verdict.drill.facts import Fault, Format

if TYPE_CHECKING:
    from pathlib import Path

_PEEK = 8192
_ENCRYPTED = (b"age-encryption.org", b"-----BEGIN PGP", b"-----BEGIN AGE", b"Salted__")
_ENCRYPTED_SUFFIXES = {".gpg", ".pgp", ".age", ".enc"}
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
_NOT_OURS = {b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4", b"PK\x03\x04": "zip"}
_DUMP, _CLUSTER = b"PostgreSQL database dump", b"PostgreSQL database cluster dump"
_COMPLETE = b"PostgreSQL database dump complete"
#: ``20261130_081500``, ``2026-11-30T08:15:00Z`` and their kin in a file's name.
_NAME = re.compile(r"(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?:[-_.T ]?(\d\d)[-_.:h]?(\d\d)(?:[-_.:m]?(\d\d))?)?")
#: What undoing a compression raises where the file is cut off or not what it says.
_BROKEN = (EOFError, OSError, lzma.LZMAError, ValueError)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is, and where its contents lie without compression, if they had to be unpacked."""

    format: Format
    path: Path
    fault: Fault = Fault.NONE
    said: str = ""
    compressed: str = ""


def look(path: Path, unpacked: Path) -> Looked:
    """What ``path`` is; where it is compressed, its contents are written to ``unpacked``."""
    if path.is_dir():
        return Looked(Format.DIRECTORY, path)
    head = _head(path)
    if not head:
        return Looked(Format.UNKNOWN, path, Fault.EMPTY)
    if head.startswith(_ENCRYPTED) or path.suffix in _ENCRYPTED_SUFFIXES:
        return Looked(Format.UNKNOWN, path, Fault.ENCRYPTED)
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            return _inside(path, unpacked, name)
    for magic, name in _NOT_OURS.items():
        if head.startswith(magic):
            said = f"it is packed with {name}: unpack it, and name what comes out"
            return Looked(Format.UNKNOWN, path, Fault.WRONG_FILE, said)
    return _uncompressed(path, head)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_PEEK)


def _opened(path: Path, name: str) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    match name:
        case "gzip":
            return gzip.GzipFile(path)
        case "bzip2":
            return bz2.BZ2File(path)
        case _:
            return lzma.LZMAFile(path)


def _inside(path: Path, unpacked: Path, name: str) -> Looked:
    """A compressed file by what is in it; one that ends early was cut off."""
    try:
        with _opened(path, name) as packed, unpacked.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    except _BROKEN as error:
        cut = isinstance(error, EOFError) or "end-of-stream" in str(error)
        return Looked(
            Format.UNKNOWN, path, Fault.TRUNCATED if cut else Fault.DAMAGED, f"{name}: {error}", name
        )
    found = look(unpacked, unpacked.with_suffix(".inner"))
    return Looked(found.format, found.path, found.fault, found.said, name)


def _uncompressed(path: Path, head: bytes) -> Looked:
    if head.startswith(b"PGDMP"):
        return Looked(Format.CUSTOM, path)
    if head[257:262] == b"ustar":
        return _tar(path)
    if _CLUSTER in head:
        return Looked(Format.PLAIN, path, Fault.WHOLE_CLUSTER)
    if _DUMP in head:
        fault = Fault.NONE if _COMPLETE in _tail(path) else Fault.TRUNCATED
        said = "" if fault is Fault.NONE else "it does not end as pg_dump ends a dump"
        return Looked(Format.PLAIN, path, fault, said)
    return Looked(Format.UNKNOWN, path, Fault.WRONG_FILE, _guess(head))


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _PEEK))
        return file.read()


def _tar(path: Path) -> Looked:
    """pg_dump's tar begins with its table of contents; a base backup and anything else do not."""
    with suppress(tarfile.TarError, *_BROKEN), tarfile.open(path) as archive:
        first = archive.next()
        if first is not None and first.name == "toc.dat":
            return Looked(Format.TAR, path)
    return Looked(Format.UNKNOWN, path, Fault.WRONG_FILE, "a tar, but none of pg_dump's: no toc.dat in front")


def _guess(head: bytes) -> str:
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<?xml", b"<html", b"<!doctype", b"<error")):
        return "it is a web page: an error that was saved as a backup?"
    if b"mysql" in start or b"mariadb" in start:
        return "a dump of another database server"
    return ""


def made_at(path: Path, modified_s: float) -> tuple[float, str]:
    """When a file was made by its name or its time, whichever is earlier: a copy has a new time, not a new
    content. Names are taken for UTC.
    """
    named = _time_in(path.name)
    if named is None or named > modified_s:
        return modified_s, "the file's time"
    return named, "its name, taken for UTC"


def _time_in(name: str) -> float | None:
    """The moment in a name; a day alone is its last second, so that no backup looks older than it is."""
    found = _NAME.search(name)
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()
    last = ("23", "59", "59") if hour is None else (hour, minute, second or "59")
    with suppress(ValueError):
        parts = [int(part) for part in (year, month, day, *last)]
        moment = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
        return moment.timestamp()
    return None
