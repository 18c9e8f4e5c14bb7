"""The sections of a page as Markdown, for an issue, a chat or a mail: the same parts, without charts."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from preseason.report import plain
from preseason.report.markdown import escaped
from preseason.report.page.parts import Absent, Bars, Code, Facts, Folded, Listing, Meanings, Prose
from preseason.report.page.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from preseason.report.page.parts import Bar, Part, Section
    from preseason.report.page.rendering import Frame

_LONGEST = 400
_SIGNS = ("+", "-")


def render_markdown(frame: Frame, sections: Sequence[Section]) -> str:
    """The page as Markdown; charts are left to the page."""
    head = [
        f"# {escaped(frame.word)}: {escaped(frame.headline, _LONGEST)}",
        escaped(frame.more, _LONGEST),
        escaped(" · ".join(frame.about), _LONGEST),
        "\n".join(_facts(Facts(frame.tiles))),
    ]
    blocks = chain(
        head, *(_section(section) for section in sections), [f"*{escaped(frame.source, _LONGEST)}*"]
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _section(section: Section) -> list[str]:
    told = ["\n".join(_lines(part)) for part in section.parts]
    if not any(told):
        return []
    return [f"## {escaped(section.heading)}", escaped(section.lead, _LONGEST), *told]


def _lines(part: Part) -> Iterator[str]:
    match part:
        case Facts():
            yield from _facts(part)
        case Prose() | Absent():
            yield escaped(part.text, _LONGEST)
        case Listing():
            yield from (f"- {escaped(text, _LONGEST)}" for text in part.texts)
        case Meanings():
            yield from (
                f"- {escaped(word)}: {escaped(meaning, _LONGEST)}" for word, meaning, *_ in part.words
            )
        case Code():
            yield from ("```text", part.text.rstrip("\n").replace("```", "'''"), "```")
        case Bars():
            yield from (_bar(bar) for bar in part.bars)
        case Table():
            yield from _table(part)
        case Folded():
            yield from chain.from_iterable(_lines(one) for one in part.parts)
        case _:
            return


def _bar(bar: Bar) -> str:
    remark = f" ({escaped(bar.remark, _LONGEST)})" if bar.remark else ""
    return f"- {escaped(bar.label)}: {_within(bar.figure)}{remark}"


def _facts(part: Facts) -> Iterator[str]:
    for fact in part.facts:
        remark = f" ({_within(fact.remark)})" if fact.remark else ""
        yield f"- {escaped(plain.capital(fact.name))}: **{_within(fact.value)}**{remark}"


def _table(table: Table) -> Iterator[str]:
    yield from (escaped(plain.sentence(table.caption), _LONGEST), "")
    yield _row(_within(column.head) for column in table.columns)
    yield _row("--:" if column.number else "---" for column in table.columns)
    for cells in table.rows:
        yield _row(_within(f"{cell.text}; {cell.remark}" if cell.remark else cell.text) for cell in cells)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _within(text: str) -> str:
    """Text that does not begin its line: a sign before a number is no item of a list there."""
    sign = text[:1] if text.startswith(_SIGNS) else ""
    return sign + escaped(text[len(sign) :], _LONGEST)
