"""What stands in the sections of a review: figures of a period beside those of the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.history import trend, trend_page
from preseason.report.page.parts import Absent, Fact, Listing, Multiples, Prose
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number
from preseason.slo.model import Unit
from preseason.verdict.history.comparable import why_of_no_use
from preseason.verdict.history.reviewing import error_patterns, growth, misses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.report.page.parts import Part
    from preseason.verdict.history.reviewing import Review, Usual
    from preseason.verdict.history.trends import Trend

_RESPONSE = ("p50", "p95", "p99", "mean")
_MOST_RUNS = 40


def tiles(review: Review) -> Iterator[Fact]:
    """The figures people ask for first, each with the period before."""
    yield Fact("Runs compared", str(len(review.now)), f"{len(review.before)} the {_period(review)} before")
    for name, told in (
        ("p95", "p95, median"),
        ("errors", "Errors, median"),
        ("redis.hit_rate", "Hit rate, median"),
    ):
        one = next((one for one in review.usual if (one.example.name, one.example.about) == (name, "")), None)
        if one is not None:
            yield Fact(told, units.quantity(one.middle, one.example.unit), _before(one))
    grown = growth(review.now)
    if grown is not None:
        yield Fact("Database", units.size(grown.last), f"{_signed_size(grown.per_day)} a day")


def response_times(review: Review) -> Iterator[Part]:
    """Percentiles of the whole and p95 by endpoint, and their course."""
    yield from _table(review, "Response times", lambda one: one.example.name in _RESPONSE)
    yield from _charts(review, lambda one: one.name == "p95")


def errors(review: Review) -> Iterator[Part]:
    """The share that failed, what failed and where, and which objectives were missed."""
    failing = {one.example.about for one in review.usual if one.example.name == "errors" and one.worst > 0}
    yield from _table(
        review,
        "Share of requests that failed",
        lambda one: one.example.name == "errors" and (not one.example.about or one.example.about in failing),
    )
    patterns = error_patterns(review.now)
    if patterns:
        heads = (Column("Failure"), Column("Requests", number=True), Column("Endpoints"), Column("Runs"))
        rows = tuple(
            (
                Cell(one.kind),
                number(units.count(one.requests), one.requests),
                Cell(_listed(one.endpoints)),
                Cell(_listed(one.runs)),
            )
            for one in patterns
        )
        yield Table("Failures by their kind, the commonest first", heads, rows, stacked=True)
    else:
        yield Absent("No request failed in these runs.")
    missed = misses(review.now)
    if missed:
        yield Listing(tuple(f"missed: {one.objective.name}, in {_listed(one.runs)}" for one in missed))
    else:
        yield Prose("No objective was missed.", quiet=True)


def cache(review: Review) -> Iterator[Part]:
    """Hit rate, memory, evictions and clients of Redis."""
    yield from _table(review, "Redis", lambda one: one.example.name.startswith("redis."))
    yield from _charts(review, lambda one: one.name == "redis.hit_rate")


def database(review: Review) -> Iterator[Part]:
    """Connections, slow queries and deadlocks; its size and growth."""
    yield from _table(
        review,
        "Postgres",
        lambda one: one.example.name.startswith(("postgres.", "slow_queries")),
    )
    grown = growth(review.now)
    if grown is None:
        yield Absent("Growth from run to run takes the size of the database in runs a day apart.")
    else:
        yield Prose(
            f"From {grown.first_run} to {grown.last_run}, the database went from {units.size(grown.first)} "
            f"to {units.size(grown.last)}: {_signed_size(grown.per_day)} a day."
        )
    yield from _charts(review, lambda one: one.name == "postgres.size_bytes")


def machines(review: Review) -> Iterator[Part]:
    """Processors and memory."""
    yield from _table(
        review,
        "Processors and memory",
        lambda one: one.example.name.startswith(("mean ", "host.", "cpu", "memory")),
    )


def changes(review: Review) -> Iterator[Part]:
    """What changed its level within the period, over the whole history of the workload."""
    told = tuple(
        f"{trend.verb(change)}: {trend.title(one)} from {trend.levels(one, change)} since "
        f"{trend.since(change, review.trends.history)}"
        + (f"; {trend.answer(change)}" if change.acknowledged else "")
        for one, change in review.changes
    )
    if told:
        yield Listing(told)
    elif review.trends.enough:
        yield Absent(f"No indicator changed its level in this {_period(review)}.")
    else:
        yield Absent(trend.sentence(review.trends))


def runs(review: Review) -> Iterator[Part]:
    """Every run of the period, and which of them the figures above are from."""
    ours = {run.folder for run in review.now}
    shown = review.runs[-_MOST_RUNS:]
    rows = tuple(
        (
            Cell(run.run_id, look=Look.CODE),
            badge(run.verdict.verdict.value if run.verdict else "not judged"),
            Cell(run.version or "–"),
            Cell("yes" if run.folder in ours else f"no: {why_of_no_use(run) or 'of another history'}"),
        )
        for run in reversed(shown)
    )
    heads = ("Run", "Verdict", "Deployed", "Among the figures above")
    yield Table(f"The newest {len(shown)} of {len(review.runs)} runs", tuple(map(Column, heads)), rows)
    if told := trend.remarks(review.trends.history):
        yield Listing(tuple(f"of the whole history {text}" for text in told))
    if review.before:
        first, last = review.before[0].run_id, review.before[-1].run_id
        yield Prose(f"The {_period(review)} before is that of the runs from {first} to {last}.", quiet=True)


def _table(review: Review, caption: str, about: Callable[[Usual], bool]) -> Iterator[Part]:
    """The usual and the worst of some indicators, each with the run it is from."""
    chosen = [one for one in review.usual if about(one)]
    if not chosen:
        yield Absent("Not measured in these runs.")
        return
    heads = ("Median", "Before", "Change", "Worst")
    columns = (Column("Indicator"), *(Column(head, number=True) for head in heads))
    yield Table(
        f"{caption}: medians of {len(review.now)} runs, and the run in which each was worst",
        columns,
        tuple(_row(one, len(review.now)) for one in chosen),
        stacked=True,
    )


def _row(one: Usual, runs: int) -> tuple[Cell, ...]:
    unit = one.example.unit
    fewer = f"of {one.runs} runs" if one.runs < runs else ""
    look = Look.STRONG if abs(one.moved or 0) >= trend.WORTH_A_LOOK else Look.PLAIN
    return (
        Cell(trend.named(one.example.name, one.example.about)),
        Cell(units.quantity(one.middle, unit), one.middle, fewer),
        number(units.UNKNOWN if one.before is None else units.quantity(one.before, unit), one.before),
        Cell(_moved(one), one.moved, look=look),
        Cell(units.quantity(one.worst, unit), one.worst, "" if one.worst == one.middle else one.worst_run),
    )


def _moved(one: Usual) -> str:
    if one.before is None:
        return units.UNKNOWN
    if one.middle == one.before:
        return "none"
    if one.example.unit == Unit.RATIO:
        return trend.points(one.middle - one.before)
    return units.UNKNOWN if one.moved is None else trend.relative(one.moved)


def _before(one: Usual) -> str:
    return "" if one.before is None else f"{units.quantity(one.before, one.example.unit)} before"


def _charts(review: Review, about: Callable[[Trend], bool]) -> Iterator[Part]:
    chosen = [one for one in review.trends.trends if about(one) and not trend_page.is_flat(one)]
    if chosen:
        yield Multiples(tuple(trend_page.figure(one, review.trends.history) for one in chosen))


def _period(review: Review) -> str:
    return review.period.length.name.lower()


def _signed_size(size_bytes: float) -> str:
    return f"{'+' if size_bytes >= 0 else units.MINUS}{units.size(abs(size_bytes))}"


def _listed(names: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(plain.short(name, 60) for name in names[:most]) + more
