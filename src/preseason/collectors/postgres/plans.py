"""The plan of a statement, as the planner thinks of it beforehand: what is asked for it, and how it is shown.

A plan may hold what a statement holds. So of its nodes only these parts are shown, and no literal among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field

from preseason.collectors.postgres.text import CUT, shown_text, without_literals
from preseason.collectors.queries import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 4000
#: From this version on a statement can be planned without the values of its parameters.
GENERIC_PLAN = 160_000
_PARAMETER = re.compile(r"\$\d")


class Node(BaseModel):
    """What is shown of a node of ``EXPLAIN (FORMAT JSON)``; costs in the planner's own units."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = Field(alias="Node Type")
    operation: str = Field(default="", alias="Operation")
    relation: str = Field(default="", alias="Relation Name")
    index: str = Field(default="", alias="Index Name")
    join: str = Field(default="", alias="Join Type")
    subplan: str = Field(default="", alias="Subplan Name")
    cost: float = Field(alias="Total Cost")
    rows: float = Field(alias="Plan Rows")
    index_condition: str = Field(default="", alias="Index Cond")
    hash_condition: str = Field(default="", alias="Hash Cond")
    merge_condition: str = Field(default="", alias="Merge Cond")
    join_filter: str = Field(default="", alias="Join Filter")
    filter: str = Field(default="", alias="Filter")
    sort_key: tuple[str, ...] = Field(default=(), alias="Sort Key")
    children: tuple[Node, ...] = Field(default=(), alias="Plans")

    @property
    def title(self) -> str:
        """``Index Scan using stock_pkey on stock``."""
        join = f" ({self.join.lower()})" if self.join not in {"", "Inner"} else ""
        index = f" using {self.index}" if self.index else ""
        table = f" on {self.relation}" if self.relation else ""
        whole = f"{self.operation or self.kind}{join}{index}{table}"
        return f"{self.subplan}: {whole}" if self.subplan else whole

    @property
    def conditions(self) -> Iterator[tuple[str, str]]:
        """By name, with ``?`` for their literals."""
        for name in ("index_condition", "hash_condition", "merge_condition", "join_filter", "filter"):
            if condition := getattr(self, name):
                yield name.replace("_", " "), without_literals(condition)
        if self.sort_key:
            yield "sort key", without_literals(", ".join(self.sort_key))


class Explained(BaseModel):
    """One statement in the answer of ``EXPLAIN (FORMAT JSON)``."""

    plan: Node = Field(alias="Plan")


def explain(statement: str, version: int) -> sql.SQL | None:
    """What asks a server of this ``version`` (as in ``server_version_num``) for a plan of ``statement``.

    None where there is no way to, or no safe one: only a single statement on tables is planned, and before
    version 16 only one without parameters. It is never executed. What might end it and begin another is
    refused here, for the protocol that would see to it cannot plan without the values of parameters.
    """
    bare = without_literals(statement)
    if shown_text(statement) is None or CUT in bare or ";" in bare:
        return None
    if version >= GENERIC_PLAN:
        return _explaining("GENERIC_PLAN, FORMAT JSON", statement)
    return None if _PARAMETER.search(bare) else _explaining("FORMAT JSON", statement)


def _explaining(options: str, statement: str) -> sql.SQL:
    return sql.SQL(f"EXPLAIN {MARKER} ({options}) {statement}")


def shown_plan(answer: object) -> str:
    """The plan in an answer of ``EXPLAIN (FORMAT JSON)`` as a tree; ValueError if it is none."""
    (explained,) = answer if isinstance(answer, list) else [answer]
    text = "\n".join(_lines(Explained.model_validate(explained).plan, 0))
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - len(CUT)] + CUT


def _lines(node: Node, depth: int) -> Iterator[str]:
    margin = "  " * depth
    yield f"{margin}{node.title} (cost {node.cost:.6g}, rows {node.rows:.6g})"
    for name, condition in node.conditions:
        yield f"{margin}  {name}: {condition}"
    for child in node.children:
        yield from _lines(child, depth + 1)
