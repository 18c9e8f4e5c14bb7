"""The page of a history: what changed, a chart of each indicator over its runs, and the runs themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Chart, Line, Shape, Tone, Upright
from preseason.report.charts.scales import named_axis
from preseason.report.history import trend
from preseason.report.page.parts import Absent, Fact, Facts, Listing, Multiples, Prose, Section
from preseason.report.page.rendering import Frame, render_page
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.report.charts.figure import Figure
    from preseason.report.page.parts import Part
    from preseason.verdict.history.comparable import History
    from preseason.verdict.history.trends import Change, Trend, Trends

#: Beyond these, a table of runs is for ``preseason history``.
_MOST_RUNS = 100


def render(found: Trends) -> str:
    """The page as text; the same runs give the same bytes."""
    changed = [one for one in found.trends if one.changes]
    level = [one for one in found.trends if not one.changes and not is_flat(one)]
    sections = (
        Section("changes", "Changes", "What changed its level", "", tuple(_changes(found))),
        Section(
            "changed", "Charts of them", "The indicators that changed", "", charts(changed, found.history)
        ),
        Section(
            "level",
            "Steady",
            "Those that kept their level",
            "",
            (*charts(level, found.history), *_flat(found)),
        ),
        Section("runs", "Runs", "The runs behind it", "", tuple(_runs(found.history))),
    )
    return render_page(_frame(found), sections)


def is_flat(one: Trend) -> bool:
    """Whether it never was anything else: there is nothing to draw."""
    return len(set(one.known)) <= 1


def charts(shown: Sequence[Trend], history: History) -> tuple[Part, ...]:
    """A small chart of each, with its change points."""
    if not shown:
        return (Absent("none"),)
    return (Multiples(tuple(figure(one, history) for one in shown)),)


def figure(one: Trend, history: History) -> Figure:
    """An indicator run by run; a change for the worse is drawn as a limit, one for the better as a moment."""
    names = tuple(f"{run.started_at:%d %b}" for run in history.runs)
    values = np.array([np.nan if value is None else value for value in one.values])
    last = next((value for value in reversed(one.values) if value is not None), None)
    told = tuple(f"{name}, {run.run_id}" for name, run in zip(names, history.runs, strict=True))
    place, told_last = np.arange(float(len(values))), f"{units.quantity(last, one.unit)} last"
    line = Line("each run", Tone.MAIN, place, values, told_last, Shape.LINKED, names=told)
    key = "-".join(
        part for part in ("trend", *_words(one.name), *_words(one.about), one.unit.strip("/1")) if part
    )
    uprights = [
        Upright("limit" if change.is_open else "moment", change.at - 0.5, trend.moved(one, change))
        for change in one.changes
    ]
    chart = Chart(key, trend.title(one), one.unit, from_zero=False)
    return figure_of(chart.showing([line]), named_axis(names, "run"), uprights=uprights)


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()


def _frame(found: Trends) -> Frame:
    history = found.history
    word, tone = trend.WORDS[found.exit_code]
    last = history.runs[-1]
    return Frame(
        word=word,
        tone=tone,
        sentence=trend.sentence(found),
        about=("trend", history.workload.target),
        name=f"trend of {history.workload.short}",
        source=f"{len(history.runs)} runs, the last {last.run_id}",
        version=last.manifest.generator.version,
        at_s=last.started_at.timestamp(),
        tiles=(
            Fact("Runs", units.count(len(history.runs)), f"since {history.runs[0].started_at:%Y-%m-%d}"),
            Fact("Regressions open", str(len(found.open_regressions))),
            Fact("Indicators", str(len(found.trends))),
            Fact("Deployed last", last.version or "not told"),
        ),
    )


def _changes(found: Trends) -> Iterator[Part]:
    heads = ("Indicator", "Change", "First run of the new level", "Standing")
    rows = tuple(_change(found, one, change) for one in found.trends for change in one.changes)
    if rows:
        caption = "Every change, with the run it began in and what was deployed before and then"
        yield Table(caption, tuple(Column(head) for head in heads), rows, stacked=True)
    else:
        yield Absent("No indicator changed its level." if found.enough else trend.sentence(found))
    yield Prose(
        "A level is at least three runs. The chance that luck alone made any of these changes is shared "
        "among all indicators and runs; shares count from half a percentage point on.",
        quiet=True,
    )


def _change(found: Trends, one: Trend, change: Change) -> tuple[Cell, ...]:
    run, before = found.history.runs[change.at], found.history.runs[max(change.at - 1, 0)]
    same, then = run.version == before.version, run.version or "not told"
    deployed = then if same else f"{before.version or 'not told'} → {then}"
    return (
        Cell(trend.title(one)),
        Cell(trend.moved(one, change), None, trend.levels(one, change).partition(" (")[0], Look.STRONG),
        Cell(run.run_id, None, deployed, Look.CODE),
        badge(trend.verb(change), trend.tone(change), trend.answer(change)),
    )


def _flat(found: Trends) -> Iterator[Part]:
    flat = [one for one in found.trends if is_flat(one) and one.known]
    if flat:
        told = tuple(
            f"{trend.title(one)}: {units.quantity(one.known[0], one.unit)} "
            + ("in every run" if len(one.known) > 1 else "in the one run that measured it")
            for one in flat
        )
        yield Listing(told)


def _runs(history: History) -> Iterator[Part]:
    if remarks := trend.remarks(history):
        yield Listing(remarks)
    shown = history.runs[-_MOST_RUNS:]
    rows = tuple(
        (
            Cell(run.run_id, look=Look.CODE),
            badge(run.verdict.verdict.value if run.verdict else "–"),
            Cell(units.utc(run.started_at.timestamp())),
            Cell(run.version or "–"),
            number(units.count(run.indicators.judged_s), run.indicators.judged_s)
            if run.indicators
            else Cell("–"),
        )
        for run in reversed(shown)
    )
    columns = (
        Column("Run"),
        Column("Verdict"),
        Column("Started"),
        Column("Deployed"),
        Column("Seconds judged", number=True),
    )
    yield Table(f"The newest {len(shown)} of {len(history.runs)} runs", columns, rows)
    made_by = history.runs[-1].manifest.generator
    yield Facts(
        (
            Fact("Workload", history.workload.short, "hash of scenarios and load"),
            Fact("Machine", made_by.host, f"{made_by.cores} × {made_by.cpu}"),
            Fact("Generator", f"preseason {made_by.version}", f"Locust {made_by.locust}"),
        )
    )
