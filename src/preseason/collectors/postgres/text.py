"""Statement text made fit for a run: no literal, no comment, no secret of a utility command.

pg_stat_statements puts placeholders where constants stood, but not in every command: ``CREATE ROLE … PASSWORD
'…'`` is kept as it was sent, and so are comments. So only statements on tables are shown, and what looks like
a literal is taken out once more. In doubt the rest of the text is dropped.
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 1000
CUT = "…"
SHOWN = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH"})

#: In this order: what comes first wins. Where a plain literal with ``\'`` in it ends depends on a setting of
#: the server, so it matches nothing but ``doubtful``, as does whatever is not closed.
_TOKEN = re.compile(
    r"""
      (?P<space>    \s+ | --[^\n]* )
    | (?P<comment>  /\* )
    | (?P<kept>     \$\d+ | "(?:[^"]|"")*" )
    | (?P<literal>  [eE]'(?:[^'\\]|\\.|'')*'
                  | '(?:[^'\\]|''|\\(?!'))*'
                  | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
                  | \.?\d[\w.]* )
    | (?P<doubtful> ['"] | \$\w*\$ )
    | (?P<other>    [eEbBxXnN](?=') | [^\W\d][\w$]* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def shown_text(statement: str) -> str | None:
    """``statement`` with ``?`` for each literal, one space for each gap; None if it is not to be shown."""
    text = " ".join(without_literals(statement).split())
    first = re.match(r"[(\s]*(\w*)", text)
    if first is None or first[1].upper() not in SHOWN:
        return None
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - len(CUT)] + CUT


def without_literals(statement: str) -> str:
    """``statement`` with ``?`` for each literal and without comments; what is doubtful ends it."""
    kept: list[str] = []
    position = 0
    while (token := _TOKEN.match(statement, position)) is not None:
        position = token.end()
        match token.lastgroup:
            case "doubtful":
                return "".join([*kept, CUT])
            case "comment":
                position = _end_of_comment(statement, position)
                kept.append(" ")
            case "space":
                kept.append(" ")
            case "literal":
                kept.append("?")
            case _:
                kept.append(token[0])
    return "".join(kept)


def _end_of_comment(statement: str, position: int) -> int:
    """Where the comment that was opened just before ``position`` ends; comments nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(statement, position):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(statement)
