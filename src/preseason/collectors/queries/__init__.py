"""Every query the Postgres collector sends, one file each, its functions and views schema-qualified."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from psycopg import sql

#: Stands within every statement of ours, so that anybody can tell it from the load in pg_stat_statements;
#: since version 18, what stands before the first word is not kept there.
MARKER = "/* preseason */"


@cache
def query(name: str) -> sql.SQL:
    """The query called ``name``, marked as ours; what it leaves open in braces is to be filled in."""
    text = files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    sent = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("--"))
    return sql.SQL(sent.replace("SELECT", f"SELECT {MARKER}", 1))
