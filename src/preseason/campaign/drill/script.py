"""What a backup's SQL does beyond its own database: roles it names, and a database that it makes."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from preseason.campaign.drill.tools import ToolFailedError, run_tool
from preseason.verdict.drill.facts import Format

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.drill.tools import Tools
    from preseason.lifeline import Lifeline

_ROLE = rb'("(?:[^"]|"")+"|[a-zA-Z_][\w$]*)'
_SPEAKING = (
    re.compile(rb"^ALTER .* OWNER TO " + _ROLE + rb";"),
    re.compile(rb"^GRANT .* TO " + _ROLE),
    re.compile(rb"^REVOKE .* FROM " + _ROLE),
    re.compile(rb"^ALTER DEFAULT PRIVILEGES FOR ROLE " + _ROLE),
    re.compile(rb"^CREATE POLICY .* TO (" + _ROLE + rb"(?:, *" + _ROLE + rb")*)(?: USING| WITH CHECK|;)"),
)
#: What ``pg_dump --create`` puts in front, all before the first row.
_OF_DATABASE = (
    b"CREATE DATABASE ",
    b"DROP DATABASE ",
    b"ALTER DATABASE ",
    b"\\connect ",
    b"COMMENT ON DATABASE ",
)
_HEAD = 16_384
_EVERYBODY = {"public", "current_user", "session_user"}


def roles_in(contents: Path, kind: Format, lifeline: Lifeline, tools: Tools) -> list[str]:
    """Names as they are, without quotes; of an archive, those that it needs without owners and rights."""
    if kind is not Format.PLAIN:
        script = lifeline.folder("schema") / "schema.sql"
        options = ["--schema-only", "--no-owner", "--no-privileges", "--file=-", str(contents)]
        try:
            run_tool(lifeline, tools, ["pg_restore", *options], {}, stdout=script)
        except ToolFailedError:
            return []  # restoring it will say so
        contents = script
    found: set[str] = set()
    with contents.open("rb") as file:
        for line in file:
            if line.startswith((b"ALTER ", b"GRANT ", b"REVOKE ", b"CREATE POLICY ")):
                found |= {
                    name for shape in _SPEAKING if (said := shape.match(line)) for name in _plain(said[1])
                }
    return sorted(found - _EVERYBODY)


def _plain(written: bytes) -> list[str]:
    """The names in a list of them."""
    names = [name.decode("utf-8", "replace") for name in re.findall(_ROLE, written)]
    return [name[1:-1].replace('""', '"') if name.startswith('"') else name.lower() for name in names]


def into_any_database(contents: Path, lifeline: Lifeline) -> Path:
    """A plain dump that neither makes nor changes to a database of its own; as it is, if it does not."""
    with contents.open("rb") as file:
        if b"\nCREATE DATABASE " not in file.read(_HEAD):
            return contents
        target = lifeline.folder("script") / "backup.sql"
        file.seek(0)
        with target.open("wb") as plain:
            for line in file:
                if not line.startswith(_OF_DATABASE):
                    plain.write(line)
                if line.startswith(b"\\connect "):
                    break
            shutil.copyfileobj(file, plain, 1 << 20)
    return target
