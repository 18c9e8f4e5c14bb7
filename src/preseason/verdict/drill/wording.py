"""Times as a drill tells them, and what leads out of each fault."""

from __future__ import annotations

from preseason.verdict.drill.facts import Fault

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400

REMEDIES = {
    Fault.NONE: "",
    Fault.EMPTY: "the job that writes it failed unseen: let it fail loudly (set -o pipefail)",
    Fault.TRUNCATED: "write under another name and rename when pg_dump has ended well",
    Fault.DAMAGED: "make it again; compare checksums after copying",
    Fault.ENCRYPTED: "decrypt it into a folder of its own, and name that with --from",
    Fault.WRONG_FILE: "name what pg_dump wrote: custom, directory, tar, .sql or .sql.gz",
    Fault.WHOLE_CLUSTER: "dump each database with pg_dump -Fc, and the roles with pg_dumpall --globals-only",
    Fault.SCHEMA_ONLY: "dump without --schema-only",
    Fault.UNREADABLE: "check the rights of the file, and the tools' version",
}


def elapsed(seconds: float) -> str:
    """``0.4 s``, ``47 s``, ``3 min 05 s``, ``2 h 10 min``, ``3 d 4 h``."""
    if seconds < 10:  # noqa: PLR2004 - below, a tenth matters
        return f"{seconds:.1f} s" if seconds != int(seconds) else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        minutes, rest = divmod(whole, _MINUTE_S)
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    if whole < _DAY_S:
        hours, rest = divmod(whole // _MINUTE_S, _MINUTE_S)
        return f"{hours} h {rest:02d} min" if rest else f"{hours} h"
    days, rest = divmod(whole // _HOUR_S, 24)
    return f"{days} d {rest} h" if rest else f"{days} d"
