"""How a capacity search is said: four numbers, never one, and the steps that they rest on."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.cli.scalability import document as law_document
from preseason.errors import ExitCode
from preseason.planning.demand import bottleneck
from preseason.planning.search import Purpose, capacity, next_step
from preseason.planning.steps import demands, landmarks, scalability
from preseason.report import resources, units

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.capacity_record import CapacityRecord, StepRecord
    from preseason.planning.demand import Demand
    from preseason.planning.search import SloCapacity
    from preseason.planning.steps import Landmarks

_WIDTH = 130
_COLOURS = {"PASS": "green", "FAIL": "red", "UNDECIDED": "yellow", "INVALID": "magenta"}


def exit_code(record: CapacityRecord) -> ExitCode:
    """PASS with a confirmed capacity, FAILED where nothing passed, UNDECIDED else."""
    found = capacity(record.settings, record.search_steps())
    if found.rate is None:
        return ExitCode.FAILED if found.below is not None else ExitCode.UNDECIDED
    return ExitCode.PASS if found.confirmed else ExitCode.UNDECIDED


def document(record: CapacityRecord) -> dict[str, Any]:
    """The answer as JSON; rates are arrivals a second, throughput requests a second."""
    found = capacity(record.settings, record.search_steps())
    law = scalability(record.measured())
    return {
        "version": 1,
        "slo": record.slo,
        "target": record.target,
        "finished": next_step(record.settings, record.search_steps()) is None,
        "capacity": asdict(found),
        "landmarks": asdict(landmarks(record.measured())),
        "scalability": None if law is None else law_document(law),
        "demands": [asdict(one) for one in demands(record.measured())],
        "steps": [step.model_dump(mode="json") for step in record.steps],
    }


def print_capacity(record: CapacityRecord) -> None:
    """Print the answer as one JSON document."""
    json.dump(document(record), sys.stdout, indent=2, allow_nan=False)
    print()


def say_capacity(folder: Path, record: CapacityRecord) -> None:
    """Print the steps, the four numbers, the law, what runs out first, and what was noticed."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)
    found = capacity(record.settings, record.search_steps())
    console.print(_steps(record))
    console.print()
    for name, value in _numbers(found, landmarks(record.measured())):
        console.print(Text.assemble((f"{name:<17}", "dim"), value))
    for sentence in _more(record, found):
        console.print(Text(sentence))
    if next_step(record.settings, record.search_steps()) is not None:
        console.print(Text(f"not finished: go on with --resume {folder}", style="yellow"))
    console.print(Text(f"  {folder}", style="dim"))


def _steps(record: CapacityRecord) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "rate", "step", "succeeded", "errors", "p95", "in flight", "run"):
        table.add_column(column, header_style="dim", no_wrap=True)
    for step in record.steps:
        table.add_row(Text(step.outcome, style=_COLOURS[step.outcome]), *_cells(step))
    return table


def _cells(step: StepRecord) -> tuple[str, ...]:
    seen = step.measured
    figures = (
        ("–", "–", "–", "–")
        if seen is None
        else (
            units.per_second(seen.succeeded),
            units.percent(seen.errors),
            units.milliseconds(seen.p95_ms),
            units.count(seen.concurrency),
        )
    )
    return (units.per_second(step.rate), step.purpose, *figures, step.run)


def _numbers(found: SloCapacity, marks: Landmarks) -> list[tuple[str, str]]:
    peak = units.UNKNOWN
    if marks.peak is not None and marks.peak_at is not None:
        peak = f"{units.per_second(marks.peak)} requests, at {units.per_second(marks.peak_at)} arrivals"
    return [
        ("SLO capacity", _capacity(found)),
        ("knee", _seen(marks.knee, "response times left the ground at", "no step")),
        ("peak throughput", peak),
        ("collapse", _seen(marks.collapse, "throughput fell below 90 % of its peak at", "not reached")),
    ]


def _capacity(found: SloCapacity) -> str:
    if found.rate is None:
        least = "" if found.below is None else f"; {units.per_second(found.below)} failed"
        return f"none: no rate passed{least}"
    rate = units.per_second(found.rate)
    sure = "confirmed" if found.confirmed else "not confirmed"
    if found.below is None:
        return f"at least {rate} arrivals, {sure}; limited by {found.limited_by}"
    binds = f"; {found.binds} binds" if found.binds else ""
    return f"{rate} arrivals, {sure}; {units.per_second(found.below)} failed{binds}"


def _seen(rate: float | None, words: str, otherwise: str) -> str:
    return otherwise if rate is None else f"{words} {units.per_second(rate)} arrivals"


def _more(record: CapacityRecord, found: SloCapacity) -> list[str]:
    law = scalability(record.measured())
    said = [f"found: {text}" for text in found.findings]
    if law is not None:
        peak = "no peak" if law.n_peak is None else f"a peak at {law.n_peak:.4g} requests in flight"
        said.append(f"USL {law.grade}: {peak}; {'; '.join(law.reasons) or 'nothing speaks against it'}")
    costs = demands(record.measured())
    said += [_demand(one) for one in costs]
    first = bottleneck(costs)
    if first is not None:
        said.append(f"runs out first, of what was sampled: {first.resource}")
    if any(step.purpose is Purpose.CONFIRM for step in record.steps) or not record.steps:
        return said
    return [*said, "no soak has confirmed it yet"]


def _demand(found: Demand) -> str:
    return f"{found.resource}: {resources.each(found)}; {resources.used_up(found)}"
