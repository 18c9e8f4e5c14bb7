"""The trigger report as a page: what each trigger did in which run, what it watched, what would do better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.planning.triggers.backtest import MEANINGS, Answer, Timing
from preseason.report import units
from preseason.report.page.parts import Absent, Fact, Facts, Folded, Listing, Meanings, Prose, Section, Stack
from preseason.report.page.rendering import Frame, render_page
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number
from preseason.report.triggers import charts as trigger_charts
from preseason.report.triggers import rows as triggers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.planning.triggers.backtest import BackTest, Rehearsed
    from preseason.planning.triggers.sweeps import Candidate, Sweep
    from preseason.report.page.parts import Part
    from preseason.report.triggers.report import TriggerReport

_TONES = {
    Timing.IN_TIME: "PASS",
    Timing.QUIET: "PASS",
    Timing.LATE: "FAIL",
    Timing.NEVER: "FAIL",
    Timing.FALSE_ALARM: "UNDECIDED",
    Timing.NOT_EVALUABLE: "NO_DATA",
}
_ANSWER_TONES = {
    Answer.INVALID: "INVALID",
    Answer.TOO_LATE: "FAIL",
    Answer.FALSE_ALARM: "FAIL",
    Answer.CANNOT_TELL: "UNDECIDED",
    Answer.IN_TIME: "PASS",
    Answer.QUIET: "PASS",
}
_UPRIGHTS = (
    "Red is when users began to suffer, orange when the trigger fires, violet when new instances serve"
)
#: Runs that are drawn one by one; a planning review reads no more.
_MOST_RUNS = 8


def render(report: TriggerReport, version: str) -> str:
    """The page as text; the same report gives the same bytes."""
    return render_page(_frame(report, version), tuple(_sections(report)))


def _sections(report: TriggerReport) -> Iterator[Section]:
    lead = "When each trigger would have fired, at which load, and how long before or after users suffered."
    yield Section("triggers", "Triggers", "Would they have fired in time?", lead, tuple(_answers(report)))
    if report.sweeps:
        wanted = units.duration(report.sweeps[0].wanted_s)
        yield Section(
            "better",
            "Better ones",
            f"Which would give {wanted}?",
            "Other thresholds and times of each trigger, tried on every run.",
            tuple(_recommendations(report)),
        )
    for place, one in enumerate(report.runs[:_MOST_RUNS], 1):
        yield Section(
            f"run-{place}",
            f"Run {place}",
            one.rehearsal.run.manifest.run_id,
            "",
            tuple(_of_run(report, one, place)),
        )
    if len(report.runs) > _MOST_RUNS:
        yield Section(
            "rest",
            "Others",
            "The other runs",
            f"The first {_MOST_RUNS} runs are drawn; all are in the tables.",
        )
    yield Section("asked", "How it was asked", "How it was asked", "", tuple(_asked(report)))


def _frame(report: TriggerReport, version: str) -> Frame:
    manifests = [one.rehearsal.run.manifest for one in report.runs]
    scaled = () if report.time_scale == 1 else (f"times ÷ {report.time_scale:g}",)
    return Frame(
        word=report.answer.upper(),
        tone=_ANSWER_TONES[report.answer],
        sentence=". ".join(triggers.sentences(report)),
        about=("scaling triggers", *dict.fromkeys(one.target.url for one in manifests), *scaled),
        name="scaling triggers",
        source="run " + ", ".join(one.run_id for one in manifests[:3]) + (" …" if len(manifests) > 3 else ""),  # noqa: PLR2004 - as many as a line holds
        version=version,
        at_s=max(one.started_at.timestamp() for one in manifests),
        tiles=tuple(_tiles(report)),
    )


def _tiles(report: TriggerReport) -> Iterator[Fact]:
    broken = [one for one in report.runs if one.rehearsal.broke_s is not None]
    yield Fact("Runs", units.count(len(report.runs)), f"users suffered in {len(broken)} of them")
    leads = [test.lead_s for one in broken for test in one.found if test.lead_s is not None]
    yield Fact("Earliest warning", triggers.lead(max(leads, default=None)), "of any trigger, in any run")
    yield Fact("Help takes", units.duration(report.scale_up_s), "from the trigger until instances serve")
    lost = [min(test.lost for test in one.found) for one in broken if one.found]
    yield Fact("Requests lost", units.count(sum(lost)), "with the best trigger of each run")
    alarms = [sum(test.timing is Timing.FALSE_ALARM for test in one.found) for one in report.runs]
    healthy = sum(one.rehearsal.went_well for one in report.runs)
    if healthy:
        of_runs = "run" if healthy == 1 else "runs"
        where = f"in {sum(map(bool, alarms))} of {healthy} {of_runs} in which no objective broke"
        yield Fact("False alarms", units.count(sum(alarms)), where)
    else:
        yield Fact("False alarms", units.UNKNOWN, "not known: none of the runs went well")


def _answers(report: TriggerReport) -> Iterator[Part]:
    if len(report.runs) > 1:
        yield _standings(report)
    yield _table(report)
    seen = dict.fromkeys(test.timing for test in report.found)
    yield Meanings(tuple((timing, MEANINGS[timing], _TONES[timing]) for timing in seen))
    remarks = (*triggers.invalid(report.runs), *triggers.not_evaluable(report.found))
    if remarks:
        yield Listing(remarks)


def _standings(report: TriggerReport) -> Table:
    rows = tuple(
        (
            Cell(one.rule, look=Look.CODE, remark=one.words),
            *(number(units.count(one.counts[timing]), one.counts[timing]) for timing in Timing),
            Cell(one.worst_lead),
        )
        for one in triggers.standings(report.found)
    )
    timings = tuple(Column(timing.capitalize(), number=True) for timing in Timing)
    columns = (Column("Trigger"), *timings, Column("Worst lead"))
    return Table(f"Over all runs{report.scaled}", columns, rows)


def _table(report: TriggerReport) -> Table:
    heads = ("Trigger", "Answer", "Fired", "At a load of", "Lead", "Requests lost before help")
    numbers = {"Fired", "Lead"}
    columns = tuple(Column(head, number=head in numbers) for head in heads)
    return Table(
        f"Each trigger in each run{report.scaled}", columns, tuple(map(_row, report.found)), stacked=True
    )


def _row(found: BackTest) -> tuple[Cell, ...]:
    told = triggers.row(found)
    return (
        Cell(told.rule, look=Look.CODE, remark=told.run),
        badge(told.timing, _TONES[found.timing]),
        number(told.fired, found.fired_s),
        Cell(told.load),
        number(told.lead, found.lead_s),
        Cell(told.lost, remark=triggers.whose_requests(found) if found.timing is Timing.LATE else ""),
    )


def _recommendations(report: TriggerReport) -> Iterator[Part]:
    for place, found in enumerate(report.sweeps, 1):
        yield Prose(triggers.advice(found, report.time_scale))
        if found.earliest is not None:
            yield trigger_charts.trade_off(found, place, report.time_scale)
            yield Folded("Everything that was tried", (_tried(found, report),))


def _tried(found: Sweep, report: TriggerReport) -> Table:
    columns = (
        Column("Trigger"),
        Column("Worst lead", number=True),
        *(Column(head, number=True) for head in ("False alarms", "Missed", "Cannot tell")),
    )
    rows = tuple(_candidate(one, chosen=one == found.chosen) for one in found.candidates)
    return Table(f"{found.written.name}: other thresholds and times{report.scaled}", columns, rows)


def _candidate(one: Candidate, *, chosen: bool) -> tuple[Cell, ...]:
    counts = (one.false_alarms, one.missed, one.not_evaluable)
    return (
        Cell(
            one.rule.name, look=Look.STRONG if chosen else Look.CODE, remark="recommended" if chosen else ""
        ),
        number(triggers.lead(one.lead_s), one.lead_s),
        *(number(units.count(count), count) for count in counts),
    )


def _of_run(report: TriggerReport, one: Rehearsed, place: int) -> Iterator[Part]:
    yield Prose(triggers.suffering_of(one.rehearsal))
    if one.rehearsal.broke_s is not None or any(test.fired_s is not None for test in one.found):
        yield Prose(_UPRIGHTS, quiet=True)
    figures = tuple(trigger_charts.of_run(one, place, report.time_scale, report.scale_up_s))
    if figures:
        yield Stack(figures, label=f"What the triggers watched in run {place}")
    else:
        yield Absent("nothing that these triggers watch was recorded")


def _asked(report: TriggerReport) -> Iterator[Part]:
    yield Listing((*triggers.assumptions(report.scale_up_s, report.time_scale), *triggers.SENSE))
    for one in report.runs:
        manifest = one.rehearsal.run.manifest
        yield Facts(
            (
                Fact("Run", manifest.run_id),
                Fact("Target", manifest.target.url, manifest.target.platform_version or "version not told"),
                Fact("Load", units.duration(one.rehearsal.length_s), units.utc(manifest.load_started_s)),
            )
        )
