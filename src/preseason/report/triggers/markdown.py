"""The trigger report as Markdown, for a review or a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report.markdown import cells, escaped
from preseason.report.triggers import rows as triggers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.triggers.report import TriggerReport


def render(report: TriggerReport) -> str:
    """The report as text."""
    sentences = ". ".join(triggers.sentences(report))
    blocks = (
        f"## Scaling triggers: {report.answer}{report.scaled}",
        f"{escaped(sentences, 600)}.",
        "\n".join(f"- {escaped(triggers.suffering_of(one.rehearsal), 300)}" for one in report.runs),
        "\n".join(_table(report)),
        _list([*triggers.invalid(report.runs), *triggers.remarks(report.found)]),
        _list([triggers.advice(one, report.time_scale) for one in report.sweeps]),
        _list(triggers.assumptions(report.scale_up_s, report.time_scale)),
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(report: TriggerReport) -> Iterator[str]:
    yield cells(f"Trigger{report.scaled}", "", "Run", "Fired", "At a load of", "Lead", "Lost before help")
    yield "|---|---|---|--:|--:|--:|--:|"
    for row in map(triggers.row, report.found):
        told = (row.rule, row.timing, row.run, row.fired, row.load, row.lead, row.lost)
        yield cells(*(escaped(text) for text in told))


def _list(sentences: tuple[str, ...] | list[str]) -> str:
    return "\n".join(f"- {escaped(one, 400)}" for one in sentences)
