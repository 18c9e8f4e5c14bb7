"""The weekly review and the monthly report of the operations manual, as a page and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.capacity import plans
from preseason.report.history import review_parts, review_traffic, trend
from preseason.report.page.markdown import render_markdown
from preseason.report.page.parts import Absent, Fact, Facts, Listing, Prose, Section
from preseason.report.page.rendering import Frame, render_page
from preseason.report.page.tables import Cell, Column, Look, Table
from preseason.verdict.history.reviewing import Length
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from preseason.planning.plan.weeks import Outlook
    from preseason.planning.search.slo_capacity import SloCapacity
    from preseason.report.page.parts import Part
    from preseason.verdict.history.reviewing import Review
    from preseason.verdict.history.trends import Change, Trend, Trends


@dataclass(frozen=True, slots=True)
class Searched:
    """A capacity search that was found beside the runs; ``folder`` is where."""

    folder: str
    slo: str
    target: str
    started_at: datetime
    found: SloCapacity


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan comes to with the newest search; ``source`` names both."""

    outlook: Outlook
    currency: str
    source: str


@dataclass(frozen=True)
class Beside:
    """What a monthly report knows beside runs: the searches until its end, the newest first, and a plan."""

    searches: tuple[Searched, ...] = ()
    planned: Planned | None = None
    no_plan: str = "No plan was given, so nothing is reckoned in money: preseason review --month --plan FILE."
    problems: tuple[str, ...] = field(default=())


def render(review: Review, beside: Beside) -> tuple[str, str]:
    """The page and the Markdown; the same runs give the same bytes."""
    frame, sections = _frame(review), _sections(review, beside)
    return render_page(frame, sections), render_markdown(frame, sections)


def title(review: Review) -> str:
    """``the week from 2026-11-23 to 2026-11-29``."""
    period = review.period
    return f"the {_length(review)} from {period.first_day} to {period.until}"


def sentence(review: Review) -> str:
    """What became worse in the period, if anything did, and how its runs ended."""
    judged = [run.verdict.verdict for run in review.runs if run.verdict]
    told = [f"{judged.count(one)} {one.value}" for one in Decision if one in judged]
    unjudged = len(review.runs) - len(judged)
    told += [f"{unjudged} not judged"] if unjudged else []
    runs = "1 run" if len(review.runs) == 1 else f"{len(review.runs)} runs"
    worse = [pair for pair in review.changes if pair[1].stands]
    went = f"{runs} in {title(review)}: {', '.join(told)}."
    became = _became(worse, review.trends)
    return f"{became} {went}" if worse else f"{went} {became}"


def _became(worse: list[tuple[Trend, Change]], trends: Trends) -> str:
    if not worse:
        return "No indicator became worse in it." if trends.enough else trend.sentence(trends)
    one, change = max(worse, key=lambda pair: abs(pair[1].relative or float("inf")))
    others = len(worse) - 1
    more = f", and so did {others} more {'indicator' if others == 1 else 'indicators'}" if others else ""
    return f"{trend.title(one)} became worse, from {trend.levels(one, change)}{more}."


def _length(review: Review) -> str:
    return "week" if review.period.length is Length.WEEK else "month"


def _frame(review: Review) -> Frame:
    history = review.trends.history
    return Frame(
        word=f"{_length(review)} in review".upper(),
        tone=_tone(review),
        sentence=sentence(review),
        about=(f"review of a {_length(review)}", history.workload.target),
        name=f"review of {title(review)}",
        source=f"{len(review.now)} runs of workload {history.workload.short} until {review.now[-1].run_id}",
        version=review.now[-1].manifest.generator.version,
        at_s=review.period.end.timestamp() - 1,
        tiles=tuple(review_parts.tiles(review)),
    )


def _tone(review: Review) -> str:
    """Good only where runs passed and are enough to tell; bad where one failed or something became worse."""
    judged = {run.verdict.verdict for run in review.runs if run.verdict}
    if Decision.FAIL in judged or any(change.is_open for _, change in review.changes):
        return Decision.FAIL
    well = Decision.PASS in judged and review.trends.enough
    return Decision.PASS if well else Decision.UNDECIDED


def _sections(review: Review, beside: Beside) -> tuple[Section, ...]:
    heads = (
        ("response", "Response times", "Response times", review_parts.response_times(review)),
        ("errors", "Errors", "Errors and missed objectives", review_parts.errors(review)),
        ("cache", "Cache", "Cache", review_parts.cache(review)),
        ("database", "Database", "Database", review_parts.database(review)),
        (
            "engagement",
            "Engagement",
            "Engagement: what the traffic was made of",
            review_traffic.engagement(review),
        ),
        ("machines", "Machines", "Machines and processes", review_parts.machines(review)),
    )
    monthly = (
        ("capacity", "Capacity", "Capacity", _capacity(beside)),
        ("cost", "Cost", "Cost and growth", _cost(beside)),
    )
    last = (
        ("changes", "Changes", "What changed its level", review_parts.changes(review)),
        ("runs", "Runs", "The runs behind these figures", review_parts.runs(review)),
    )
    chosen = (*heads, *(monthly if review.period.length is Length.MONTH else ()), *last)
    return tuple(Section(key, nav, heading, "", tuple(parts)) for key, nav, heading, parts in chosen)


def _capacity(beside: Beside) -> Iterator[Part]:
    if not beside.searches:
        yield Absent("No capacity search lies beside the runs: preseason capacity run makes one.")
        return
    heads = ("Search", "Started", "Objectives", "Target", "SLO capacity")
    rows = tuple(
        (
            Cell(one.folder, look=Look.CODE),
            Cell(f"{one.started_at:%Y-%m-%d}"),
            Cell(one.slo),
            Cell(one.target),
            Cell(
                _carries(one.found), None, f"{one.found.binds} binds" if one.found.binds else "", Look.STRONG
            ),
        )
        for one in beside.searches
    )
    caption = "The searches until the end of the month, the newest first"
    yield Table(caption, tuple(map(Column, heads)), rows, stacked=True)
    if beside.problems:
        yield Listing(beside.problems)


def _carries(found: SloCapacity) -> str:
    if found.rate is None:
        return "no rate passed"
    least = "at least " if found.below is None else ""
    sure = "confirmed" if found.confirmed else "not confirmed"
    return f"{least}{units.per_second(found.rate)} arrivals, {sure}"


def _cost(beside: Beside) -> Iterator[Part]:
    planned = beside.planned
    if planned is None:
        yield Absent(beside.no_plan)
        return
    yield Prose(plans.sentence(planned.outlook))
    yield Facts(tuple(Fact(name, value) for name, value in plans.facts(planned.outlook, planned.currency)))
    yield Prose(planned.source, quiet=True)
