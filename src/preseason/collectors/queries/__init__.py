"""Every query the Postgres collector sends, one file each, its functions and views schema-qualified."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from psycopg import sql

#: Stands first in every statement of ours, so that anybody can tell it from the load in pg_stat_statements.
MARKER = "/* preseason */"


@cache
def query(name: str) -> sql.SQL:
    """The query called ``name``, marked as ours; what it leaves open in braces is to be filled in."""
    text = files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(f"{MARKER} {text}")
