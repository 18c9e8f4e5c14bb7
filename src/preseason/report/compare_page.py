"""Two runs on one page: what became worse, what both looked like, and whether anything else differed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import comparison, units
from preseason.report.charts import pairs
from preseason.report.charts.figure import figure_of
from preseason.report.charts.scales import clock_axis
from preseason.report.page.parts import Absent, Code, Fact, Multiples, Prose, Section, Stack
from preseason.report.page.rendering import Frame, render_page
from preseason.report.page.tables import Cell, Column, Look, Table
from preseason.report.run import database, provenance, servers
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.report.charts.figure import Figure
    from preseason.report.page.parts import Part
    from preseason.run.requests import Endpoint
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import BaselineComparison, FigureChange

#: More endpoints than these have no chart of their own.
_MOST_DRAWN = 6
_HEADINGS = {
    Decision.PASS: "No endpoint became worse",
    Decision.UNDECIDED: "Whether any endpoint became worse is not known yet",
}


def render(found: BaselineComparison, before: Evidence, after: Evidence) -> str:
    """The page as text; the same runs and margins give the same bytes."""
    pair = pairs.sides(before, after)
    lead = "What is judged is the load after its warm-up. An interval says where the change may really lie."
    sections = (
        Section("changes", "Changes", "What changed?", lead, tuple(comparison.parts(found))),
        Section("timeline", "Over time", "Over time", parts=_over_time(pair)),
        Section("distribution", "Distribution", "How slow were the slowest?", parts=_slowest(found, pair)),
        Section("servers", "Servers", "What did the servers do?", parts=tuple(_servers(before, after))),
        Section("runs", "Runs", "Which runs are these?", parts=tuple(_runs(before, after))),
    )
    return render_page(_frame(found, before, after), sections)


def _frame(found: BaselineComparison, before: Evidence, after: Evidence) -> Frame:
    manifest = after.run.manifest
    return Frame(
        word=found.decision,
        sentence=_heading(found),
        detail=f"Against {', '.join(found.baseline)}: {comparison.sentence(found)}",
        about=("comparison", manifest.target.url),
        name=f"{found.run} against {', '.join(found.baseline)}",
        source=f"runs {', '.join((*found.baseline, found.run))}",
        version=manifest.generator.version,
        at_s=manifest.started_at.timestamp(),
        tiles=tuple(_tiles(found, before, after)),
    )


def _heading(found: BaselineComparison) -> str:
    worse = [one for one in found.endpoints if _has(Outcome.FAIL, one.p95_ms, one.errors)]
    if found.decision is not Decision.FAIL:
        return _HEADINGS[found.decision]
    if len(worse) == 1:
        return f"{worse[0].endpoint} became worse: {comparison.worse(worse[0])}"
    return f"{len(worse)} of {len(found.endpoints)} endpoints became worse"


def _has(outcome: Outcome, *figures: FigureChange) -> bool:
    return any(figure.outcome is outcome for figure in figures)


def _tiles(found: BaselineComparison, before: Evidence, after: Evidence) -> Iterator[Fact]:
    figures = [figure for one in found.endpoints for figure in (one.p95_ms, one.errors)]
    outcomes = [figure.outcome for figure in figures]
    yield Fact("Endpoints compared", units.count(len(found.endpoints)), "p95 and failures of each")
    yield Fact("Became worse", units.count(outcomes.count(Outcome.FAIL)), f"of {len(figures)} figures")
    open_ends = sum(outcome not in {Outcome.PASS, Outcome.FAIL} for outcome in outcomes)
    yield Fact("Not decided", units.count(open_ends), "longer runs narrow the intervals" if open_ends else "")
    was, now = (one.requests.histogram().quantile_ms(0.95) for one in (before, after))
    yield Fact("p95 of all", units.milliseconds(now), f"{units.milliseconds(was)} before")
    told = f"{units.count(before.requests.total)} before"
    yield Fact("Requests judged", units.count(after.requests.total), told)


def _over_time(pair: Sequence[pairs.Side]) -> tuple[Part, ...]:
    longest_s = max(side.axis.length_s for side in pair)
    if longest_s <= 0:
        return (Absent("no load was recorded"),)
    x = clock_axis(longest_s)
    figures = tuple(figure_of(chart, x) for chart in pairs.over_time(pair))
    return (Stack(figures, "Charts of both runs, each from the beginning of its load"),)


def _slowest(found: BaselineComparison, pair: tuple[pairs.Side, pairs.Side]) -> tuple[Part, ...]:
    """Of all requests, and of the endpoints whose p95 is not known to have kept."""
    doubtful = {one.endpoint for one in found.endpoints if one.p95_ms.outcome is not Outcome.PASS}
    chosen = [endpoint for endpoint in pair[1].requests.present_endpoints() if str(endpoint) in doubtful]
    of_all = figure_of(*pairs.percentiles(pair))
    each = tuple(_of_endpoint(pair, place, one) for place, one in enumerate(chosen[:_MOST_DRAWN]))
    return (of_all, Multiples(each)) if each else (of_all,)


def _of_endpoint(pair: Sequence[pairs.Side], place: int, endpoint: Endpoint) -> Figure:
    narrowed = [side.only(endpoint) for side in pair]
    return figure_of(*pairs.percentiles(narrowed, f"endpoint-{place}", str(endpoint)))


def _servers(before: Evidence, after: Evidence) -> Iterator[Part]:
    for name, of in (("Postgres", database.facts), ("Redis", _redis)):
        facts = of(before), of(after)
        yield _side_by_side(f"{name}, before and after", *facts) or Absent(_unsampled(name, *facts))


def _unsampled(name: str, before: Sequence[Fact], after: Sequence[Fact]) -> str:
    if not before and not after:
        return f"{name} was sampled in neither run"
    return f"{name} was sampled only in the run {'before' if before else 'after'}"


def _redis(evidence: Evidence) -> tuple[Fact, ...]:
    return servers.redis(evidence.run.samples, evidence.window.start_s, evidence.window.end_s)


def _runs(before: Evidence, after: Evidence) -> Iterator[Part]:
    facts = [provenance.facts(evidence.run) for evidence in (before, after)]
    if table := _side_by_side("What each run was; what differs stands out", *facts, marked=True):
        yield table
    for made, evidence in (("before", before), ("after", after)):
        yield Prose(f"How the run {made} was made", quiet=True)
        yield Code(evidence.run.manifest.command)


def _side_by_side(
    caption: str, before: Sequence[Fact], after: Sequence[Fact], *, marked: bool = False
) -> Table | None:
    """The facts of both; where ``marked``, those that differ are set strong. None where a side has none."""
    if not before or not after:
        return None
    past, present = ({fact.name: fact for fact in side} for side in (before, after))
    nothing = Fact("", units.UNKNOWN)
    rows = tuple(
        (Cell(name), *_cells(past.get(name, nothing), present.get(name, nothing), marked=marked))
        for name in present | past
    )
    return Table(caption, (Column("Figure"), Column("Before"), Column("After")), rows, stacked=True)


def _cells(before: Fact, after: Fact, *, marked: bool) -> tuple[Cell, Cell]:
    look = Look.STRONG if marked and before != after else Look.PLAIN
    then, now = (Cell(fact.value, remark=fact.remark, look=look) for fact in (before, after))
    return then, now
