"""Existing backups: found in a place, the newest first, each asked what it is and whether it is whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preseason.campaign.drill.backup_files import Looked, look, made_at
from preseason.campaign.drill.tools import ToolFailedError, run_tool
from preseason.errors import BadInputError, Problem
from preseason.verdict.drill.facts import Backup, Fault, Format

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from preseason.campaign.drill.tools import Tools
    from preseason.lifeline import Lifeline

#: The manual lists the last seven.
_MOST = 7
_TOC = "toc.dat"
_CREATED = re.compile(r"^;\s+Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_OPTION = "--from"


@dataclass(frozen=True, slots=True)
class Found:
    """A backup, and where its contents lie ready to be restored."""

    backup: Backup
    contents: Path


def find_backups(place: Path, lifeline: Lifeline, tools: Tools) -> tuple[Found, ...]:
    """The newest backups of a file or a folder, at most seven. BadInputError where there is no such place."""
    try:
        candidates = list(_candidates(place))
        dated = sorted(((made_at(path, _modified_s(path)), path) for path in candidates), reverse=True)
    except OSError as error:
        problem = Problem(
            f"cannot be read: {error.strerror}", f"{_OPTION} {place}", "name a file or a folder"
        )
        raise BadInputError(problem) from None
    scratch = lifeline.folder("backups")
    found: list[Found] = []
    for number, (moment, path) in enumerate(dated[:_MOST]):
        unpacked = scratch / f"unpacked-{number}"
        sound = any(not one.backup.fault for one in found)
        found.append(_looked(path, moment, lifeline, tools, unpacked))
        if sound:  # a newer one is restored
            unpacked.unlink(missing_ok=True)
    return tuple(found)


def _candidates(place: Path) -> Iterable[Path]:
    """Files that may be backups, and folders that pg_dump made, below ``place`` or ``place`` itself."""
    if place.is_file() or (place / _TOC).is_file():
        return [place]
    place.stat()  # or it raises
    folders = {path.parent for path in place.rglob(_TOC)}
    files = [
        path
        for path in place.rglob("*")
        if path.is_file() and not path.name.startswith(".") and not folders & set(path.parents)
    ]
    return [*folders, *files]


def _modified_s(path: Path) -> float:
    """When it was written last; of a folder, its table of contents, which pg_dump writes in the end."""
    return ((path / _TOC) if path.is_dir() else path).stat().st_mtime


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _looked(path: Path, moment: tuple[float, str], lifeline: Lifeline, tools: Tools, unpacked: Path) -> Found:
    try:
        found, size = look(path, unpacked), _size(path)
    except OSError as error:
        found, size = Looked(Format.UNKNOWN, path, Fault.UNREADABLE, error.strerror or ""), 0
    backup = Backup(
        place=path.name,
        format=found.format,
        size_bytes=size,
        made_s=moment[0],
        told_by=moment[1],
        fault=found.fault,
        said=found.said,
        compressed=found.compressed,
    )
    archive = found.format in {Format.CUSTOM, Format.DIRECTORY, Format.TAR}
    if archive and not found.fault:
        backup = _with_contents(backup, found.path, lifeline, tools)
    return Found(backup, found.path)


def _with_contents(backup: Backup, path: Path, lifeline: Lifeline, tools: Tools) -> Backup:
    """What an archive's own table of contents says: when it was made, and the data of how many tables."""
    listed = lifeline.folder("contents") / "list.txt"
    try:
        run_tool(lifeline, tools, ["pg_restore", "--list", str(path)], {}, stdout=listed)
    except ToolFailedError as failed:
        cut = any(word in str(failed) for word in ("end of file", "too short", "could not read"))
        return replace(backup, fault=Fault.TRUNCATED if cut else Fault.DAMAGED, said=str(failed))
    text = listed.read_text(errors="replace")
    tables = len(re.findall(r"^\d+; .* TABLE DATA ", text, re.MULTILINE))
    if not tables and re.search(r"^\d+; .* TABLE ", text, re.MULTILINE):
        backup = replace(backup, fault=Fault.SCHEMA_ONLY, said="it has tables, and the data of none")
    created = _CREATED.search(text)
    if created is None:
        return replace(backup, tables=tables)
    made_s = datetime.fromisoformat(created[1]).replace(tzinfo=UTC).timestamp()
    return replace(backup, tables=tables, made_s=made_s, told_by="its own header")
