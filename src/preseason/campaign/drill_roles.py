"""The roles that a backup speaks of: restoring stops where an owner or a policy names one that is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from preseason.campaign.drill_tools import ToolFailedError, run_tool
from preseason.verdict.drill.facts import Format

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.drill_tools import Tools
    from preseason.lifeline import Lifeline

_ROLE = rb'("(?:[^"]|"")+"|[a-zA-Z_][\w$]*)'
_SPEAKING = (
    re.compile(rb"^ALTER .* OWNER TO " + _ROLE + rb";"),
    re.compile(rb"^GRANT .* TO " + _ROLE),
    re.compile(rb"^REVOKE .* FROM " + _ROLE),
    re.compile(rb"^ALTER DEFAULT PRIVILEGES FOR ROLE " + _ROLE),
    re.compile(rb"^CREATE POLICY .* TO (" + _ROLE + rb"(?:, *" + _ROLE + rb")*)(?: USING| WITH CHECK|;)"),
)
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
