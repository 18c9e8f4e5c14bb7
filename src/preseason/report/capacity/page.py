"""The page of a search for capacity: one that can be handed to a planning review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.planning.search.remarks import remarks
from preseason.report import plain, units
from preseason.report.capacity import charts as capacity_charts
from preseason.report.capacity import plan_sections, plans, searches
from preseason.report.capacity import tables as capacity_tables
from preseason.report.page.parts import Absent, Fact, Facts, Folded, Listing, Prose, Section
from preseason.report.page.rendering import Frame, render_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.planning.plan.remarks import Planned
    from preseason.planning.search.answer import Answer
    from preseason.report.page.parts import Part


def render(
    answer: Answer,
    *,
    version: str,
    planned: Planned | None = None,
    more: tuple[Section, ...] = (),
) -> str:
    """The page as text; ``more`` are sections at the end."""
    sections = [_capacity(answer), _steps(answer), _scalability(answer), _resources(answer)]
    if planned is not None:
        sections += [
            plan_sections.section(planned, answer.made_at(answer.capacity.rate)),
            plan_sections.cost_section(planned),
        ]
    sections += [*more, _basis(answer)]
    return render_page(_frame(answer, version, planned), sections)


def _frame(answer: Answer, version: str, planned: Planned | None) -> Frame:
    word, tone = _word(answer)
    first = answer.bottleneck
    numbers = searches.numbers(answer)
    tiles = [Fact(one.name, _figure(one.value), one.interval) for one in numbers]
    tiles.append(Fact("runs out first", first.resource if first else units.UNKNOWN, "of what was sampled"))
    if planned is not None:
        found = planned.outlook
        tiles.append(Fact("enough until the week of", plans.day(found.runs_out.likely), plans.why(found)))
    return Frame(
        word=word,
        tone=tone,
        sentence=searches.headline(answer),
        about=("capacity", answer.target),
        name=f"capacity of {answer.target}",
        source=f"search {answer.name}",
        version=version,
        at_s=answer.started_at_s,
        tiles=tuple(tiles),
    )


def _figure(value: str) -> str:
    """Without what the tile's name says already."""
    return value.removesuffix(" arrivals").removesuffix(" requests")


def _word(answer: Answer) -> tuple[str, str]:
    found = answer.capacity
    if found.rate is None:
        return ("NOTHING PASSED", "FAIL") if found.below is not None else ("UNDECIDED", "UNDECIDED")
    if not found.confirmed:
        return "NOT CONFIRMED", "UNDECIDED"
    return ("AT LEAST", "UNDECIDED") if found.below is None else ("CONFIRMED", "PASS")


def _capacity(answer: Answer) -> Section:
    lead = (
        "Four numbers, never one: the objectives break before throughput peaks, and that before it collapses."
    )
    told = (*answer.capacity.findings, *remarks(answer))
    if not answer.finished:
        told = ("this search is not finished: preseason capacity run --resume goes on with it", *told)
    parts: list[Part] = [capacity_tables.numbers(answer), capacity_charts.by_rate(answer)]
    if told:
        parts.append(Listing(told))
    return Section("capacity", "Capacity", "How much does it carry?", lead, parts)


def _steps(answer: Answer) -> Section:
    lead = "Each step is a run of its own, judged like a gate under one constant rate of arrivals."
    parts = (capacity_charts.by_step(answer), capacity_tables.steps(answer), Prose(_columns(), quiet=True))
    return Section("steps", "Steps", "What was tried?", lead, parts)


def _columns() -> str:
    return (
        "Offered are arrivals a second, succeeded requests. In flight is their throughput times their mean "
        "service time. Little is how far journeys in flight, sampled on their own, differ from those "
        "that were booked (N = X R)."
    )


def _scalability(answer: Answer) -> Section:
    lead = "Throughput of successes by requests in flight, and the universal scalability law through it."
    parts = tuple(_scalability_parts(answer))
    return Section("scalability", "Scalability", "How does it bend?", lead, parts)


def _scalability_parts(answer: Answer) -> Iterator[Part]:
    yield capacity_charts.by_concurrency(answer)
    law = answer.law
    if law is None:
        yield Absent("a law takes three different concurrencies, and six to be trusted")
        return
    yield Facts((Fact("Grade", law.grade, _claim(answer)),))
    yield Listing(law.reasons or ("nothing speaks against it",))
    yield Folded("Parameters, and other models", (capacity_tables.law(law), capacity_tables.rivals(law)))


def _claim(answer: Answer) -> str:
    sentences = searches.law_sentences(answer)
    return sentences[0].partition(": ")[2]


def _resources(answer: Answer) -> Section:
    lead = "What requests take of each resource, by the utilisation law, and the throughput that uses it up."
    return Section("resources", "Resources", "What runs out first?", lead, tuple(_resource_parts(answer)))


def _resource_parts(answer: Answer) -> Iterator[Part]:
    if not answer.demands:
        yield Absent("nothing was sampled in three steps of different throughput")
    else:
        yield capacity_charts.demand_bars(answer)
        yield capacity_tables.demands(answer)
    missing = tuple(f"{resource} was not sampled: {remedy}" for resource, remedy in answer.unmeasured)
    if missing:
        yield Listing(missing)


def _basis(answer: Answer) -> Section:
    length = f"{units.duration(answer.settle_s)} + {units.duration(answer.measure_s)}"
    mix = ", ".join(f"{name} {weight:g}" for name, weight in answer.mix) or "all scenarios alike"
    facts = (
        Fact("Target", answer.target, answer.build or "version not told"),
        Fact("SLO", answer.slo, plain.bound(", ".join(answer.objectives))),
        Fact("Mix", mix),
        Fact("Each step", length, "settle, measure"),
        Fact("Begun", units.utc(answer.started_at_s)),
        Fact("Steps", str(len(answer.steps)), f"runs in {answer.name}"),
    )
    lead = (
        "The question, the load and the place that these figures hold for. Measure again when the build, the "
        "mix, the objectives or the machines change."
    )
    return Section("basis", "Basis", "What does this rest on?", lead, (Facts(facts),))
