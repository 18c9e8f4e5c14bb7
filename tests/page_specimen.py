"""Pages that are no run's: one with every kind of part on it, and one of each kind that a command writes."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

import capacity_specimen
from history_specimen import SLOWER, Nights, nights
from preseason.report import compare_page, units
from preseason.report.capacity import page as capacity_page
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Band, Chart, Level, Line, Shape, Tone, Upright
from preseason.report.charts.scales import clock_axis, named_axis, number_axis
from preseason.report.history import review, trend_page
from preseason.report.interval_bar import Bound, bar_of
from preseason.report.page.parts import (
    Absent,
    Bar,
    Bars,
    Code,
    Fact,
    Facts,
    Folded,
    Listing,
    Meanings,
    Multiples,
    Piece,
    Prose,
    Section,
    Stack,
)
from preseason.report.page.rendering import Frame, render_page
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number
from preseason.report.triggers import page as trigger_page
from preseason.run.requests import Endpoint
from preseason.slo.model import Unit
from preseason.testing import LINEUP, SyntheticRun, Traffic, samples_table, synthetic_run
from preseason.verdict.comparison import MARGINS, compare
from preseason.verdict.evidence import evidence_of
from preseason.verdict.history.comparable import history_of
from preseason.verdict.history.reviewing import Length, Period, review_of
from preseason.verdict.history.trends import trends_of
from preseason.verdict.statistics.changes import Sensitivity
from trigger_specimen import HEALTHY, OVERLOAD, reported

CONCURRENCY = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
THROUGHPUT = np.array([64.9, 121.0, 232.0, 401.0, 590.0, 612.0])
RUNS = tuple(f"2026-11-{day:02d}" for day in range(1, 21))
P95_MS = np.concatenate([np.full(12, 120.0), np.full(8, 165.0)]) + np.tile([0.0, 4.0, -3.0, 2.0], 5)


def by_concurrency() -> Chart:
    """Measured points with their intervals, and a law through them with its ribbon."""
    law = 66 * CONCURRENCY / (1 + 0.02 * (CONCURRENCY - 1) + 0.0015 * CONCURRENCY * (CONCURRENCY - 1))
    return Chart("throughput", "Throughput by requests in flight", Unit.PER_SECOND).showing(
        [
            Line("law", Tone.QUIET, CONCURRENCY, law, low=0.95 * law, high=1.05 * law),
            Line(
                "measured",
                Tone.MAIN,
                CONCURRENCY,
                THROUGHPUT,
                "at most 612/s",
                Shape.DOTS,
                low=THROUGHPUT - 20,
                high=THROUGHPUT + 20,
                names=tuple(f"step {step}" for step in range(1, 7)),
            ),
        ],
        note="Each point is a step of the search.",
    )


def over_runs(key: str = "trend") -> Chart:
    line = Line("p95", Tone.MAIN, np.arange(20.0), P95_MS, "165 ms now", Shape.LINKED, names=RUNS)
    return Chart(key, "p95 of each night", Unit.MS).showing([line], levels=[Level("limit p95 200 ms", 200.0)])


def steps() -> Table:
    bound = Bound("<", 200.0, Unit.MS)
    rows = [
        (
            Cell(f"step {step}", look=Look.CODE),
            badge("PASS" if rate < 600 else "FAIL"),
            number(units.per_second(rate), rate),
            Cell("183 ms", bar=bar_of(150.0, 183.0, 190.0 if rate < 600 else 260.0, bound), tone="PASS"),
            Cell(units.percent(rate / 700), rate / 700, share=rate / 700),
        )
        for step, rate in enumerate(THROUGHPUT.tolist(), 1)
    ]
    columns = (
        Column("Step"),
        Column("Outcome"),
        Column("Rate", number=True),
        Column("p95 against its limit"),
        Column("Of the peak", number=True),
    )
    return Table("Every step, in the order it was made", columns, tuple(rows), sorted_by=(2, False))


def costs() -> Bars:
    def bar(label: str, compute: float, database: float, *, chosen: bool = False) -> Bar:
        pieces = (Piece("compute", Tone.MAIN, compute), Piece("database", Tone.THIRD, database))
        return Bar(label, pieces, f"{compute + database:g} € a month", "for 600/s", chosen)

    return Bars(
        "Costs", (bar("2 small", 80, 60), bar("1 large", 70, 60, chosen=True), bar("4 small", 160, 60))
    )


SECTIONS = (
    Section(
        "capacity",
        "Capacity",
        "How much does it carry?",
        "Every load that was tried, and the law through what came back.",
        (
            figure_of(
                by_concurrency(),
                number_axis(1.0, 32.0, "requests in flight", logarithmic=True),
                uprights=[Upright("limit", 16.0, "SLO capacity 590/s"), Upright("finding", 21.0, "knee")],
            ),
            steps(),
            Meanings((("PASS", "every objective holds"), ("FAIL", "one does not"))),
        ),
    ),
    Section("cost", "Cost", "What does it cost?", "", (costs(), Prose("Prices as of today", quiet=True))),
    Section(
        "trend",
        "Trend",
        "Night by night",
        "",
        (
            figure_of(
                over_runs(),
                named_axis(RUNS, "night"),
                bands=[Band("warmup", -0.5, 2.5, "too few to judge")],
                uprights=[Upright("moment", 12.0, "level rose by 37 %")],
            ),
            Stack(
                (figure_of(over_runs("one"), clock_axis(20.0)), figure_of(over_runs("two"), clock_axis(20.0)))
            ),
            Multiples((figure_of(over_runs("three"), named_axis(RUNS, "night")),)),
        ),
    ),
    Section(
        "rest",
        "The rest",
        "What else was seen",
        "",
        (
            Facts((Fact("Runs", "20", "one a night"), Fact("Seed", "1"))),
            Listing(("one thing", "another thing")),
            Absent("nothing else was collected"),
            Code("preseason capacity run --quick\n"),
            Folded("More", (Prose("a paragraph"),)),
        ),
    ),
)
FRAME = Frame(
    word="AT_LEAST",
    tone="UNDECIDED",
    sentence="It carries at least 590 requests a second. What binds is the processor of the platform.",
    about=("capacity", "http://127.0.0.1:8000"),
    name="capacity search",
    source="search 20261130T081500Z",
    version="0.1.0",
    at_s=1_796_025_600.0,
    tiles=(Fact("SLO capacity", "590/s", "confirmed"), Fact("Knee", "16"), Fact("Peak", "612/s")),
)


def page() -> str:
    return render_page(FRAME, SECTIONS)


@cache
def comparison_page(hostile: str = "") -> str:
    """A run that became slower, against the one before; ``hostile`` is put wherever text may be."""
    slower = evidence_of(_run(60.0, hostile), 0.0)
    before = evidence_of(_run(40.0, hostile), 0.0)
    assert before is not None
    assert slower is not None
    return compare_page.render(compare([before], slower, MARGINS), before, slower)


def _run(middle_ms: float, hostile: str) -> SyntheticRun:
    spread = np.tile(np.linspace(0.5, 2.0, 20), 60)
    name = Endpoint(f"/api/leagues/{{id}}/data{hostile}", "GET")
    parts = (
        Traffic.steady(60, 20, middle_ms * spread, endpoint=name),
        Traffic.steady(
            60, 20, 70 * spread, ok=np.arange(1200) % 9 > 0, endpoint=LINEUP, error=f"503{hostile}"
        ),
    )
    counted = samples_table(
        {("redis", "keyspace_hits"): np.arange(60) * 9.0, ("redis", "keyspace_misses"): np.arange(60.0)}, "e"
    )
    command = f"preseason gate{hostile}"
    return synthetic_run(60, parts, samples=(counted,), command=command, run_id=f"run-{middle_ms:g}{hostile}")


@cache
def trigger_report() -> str:
    """Two triggers in a run that broke and one that did not, with better ones."""
    rules = ("cpu > 50 %", "cpu > 90 % lasting 2m")
    return trigger_page.render(reported((OVERLOAD, HEALTHY), *rules, lead_s=60.0), "0.1.0")


@cache
def trend_of_nights() -> str:
    """Sixty nights, with a release that made a search slow."""
    history = history_of(nights(Nights(worse=SLOWER)))
    assert history is not None
    return trend_page.render(trends_of(history, Sensitivity(min_magnitude=0.05)))


@cache
def month_in_review() -> str:
    """The month in which it came out."""
    period = Period(Length.MONTH, date(2026, 11, 29))
    found = review_of(nights(Nights(worse=SLOWER)), period, Sensitivity(min_magnitude=0.05))
    assert found is not None
    return review.render(found, review.Beside())[0]


@cache
def capacity_search() -> str:
    """A search with its steps, its law, its resources, and a season planned from it."""
    answer = capacity_specimen.answer()
    return capacity_page.render(answer, version="0.1.0", planned=capacity_specimen.season(answer))


PAGES = {
    "every kind of part": page,
    "comparison": comparison_page,
    "capacity": capacity_search,
    "triggers": trigger_report,
    "trend": trend_of_nights,
    "review": month_in_review,
}
