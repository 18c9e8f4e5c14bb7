"""How a capacity search is said: four numbers, never one, and the steps that they rest on."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.cli.scalability import document as law_document
from preseason.errors import ExitCode
from preseason.planning.search.next_step import Purpose
from preseason.planning.search.remarks import remarks
from preseason.report import units
from preseason.report.capacity import resources, searches

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.planning.search.answer import Answer, MadeStep
    from preseason.planning.search.demand import Demand

_WIDTH = 130
_COLOURS = {"PASS": "green", "FAIL": "red", "UNDECIDED": "yellow", "INVALID": "magenta"}


def exit_code(answer: Answer) -> ExitCode:
    """PASS with a confirmed capacity, FAILED where nothing passed, UNDECIDED else."""
    found = answer.capacity
    if found.rate is None:
        return ExitCode.FAILED if found.below is not None else ExitCode.UNDECIDED
    return ExitCode.PASS if found.confirmed else ExitCode.UNDECIDED


def document(answer: Answer) -> dict[str, Any]:
    """The answer as JSON; rates are arrivals a second, throughput requests a second."""
    return {
        "version": 1,
        "slo": answer.slo,
        "target": answer.target,
        "finished": answer.finished,
        "capacity": asdict(answer.capacity),
        "landmarks": asdict(answer.landmarks),
        "scalability": None if answer.law is None else law_document(answer.law),
        "demands": [_demand(one) for one in answer.demands],
        "bottleneck": answer.bottleneck.resource if answer.bottleneck else None,
        "unmeasured": [resource for resource, _ in answer.unmeasured],
        "remarks": list(remarks(answer)),
        "steps": [_step(made) for made in answer.steps],
    }


def _demand(found: Demand) -> dict[str, Any]:
    """Infinite figures are null: not bounded, or not known."""
    plain = {**asdict(found), "saturation_rate": found.saturation_rate}
    plain["saturation_bounds"] = list(found.saturation_bounds)
    return {name: _finite(value) for name, value in plain.items()}


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever a figure is
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _step(made: MadeStep) -> dict[str, Any]:
    return {
        **asdict(made.step),
        "run": made.run,
        "measured": asdict(made.measured) if made.measured else None,
    }


def print_capacity(answer: Answer) -> None:
    """Print the answer as one JSON document."""
    json.dump(document(answer), sys.stdout, indent=2, allow_nan=False)
    print()


def say_capacity(folder: Path, answer: Answer, page: Path) -> None:
    """Print the steps, the four numbers, the law, what runs out first, and what was noticed."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)
    console.print(_steps(answer))
    console.print()
    for number in searches.numbers(answer):
        interval = f" ({number.interval})" if number.interval else ""
        console.print(Text.assemble((f"{number.name:<17}", "dim"), f"{number.value}{interval}{number.more}"))
    for sentence in _more(answer):
        console.print(Text(sentence))
    if not answer.finished:
        console.print(Text(f"not finished: go on with --resume {folder}", style="yellow"))
    for path in (folder, page):
        console.print(Text(f"  {path}", style="dim"))


def _steps(answer: Answer) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "rate", "step", "succeeded", "errors", "p95", "in flight", "run"):
        table.add_column(column, header_style="dim", no_wrap=True)
    for made in answer.steps:
        outcome = made.step.outcome
        table.add_row(Text(outcome, style=_COLOURS[outcome]), *_cells(made))
    return table


def _cells(made: MadeStep) -> tuple[str, ...]:
    seen = made.measured
    figures = (
        (units.UNKNOWN,) * 4
        if seen is None
        else (
            units.per_second(seen.succeeded),
            units.percent(seen.errors),
            units.milliseconds(seen.p95_ms),
            units.count(seen.concurrency),
        )
    )
    return (units.per_second(made.step.rate), made.step.purpose, *figures, made.run)


def _more(answer: Answer) -> list[str]:
    said = [f"found: {text}" for text in (*answer.capacity.findings, *remarks(answer))]
    said += searches.law_sentences(answer)
    if answer.demands:
        said += ["", "what requests need of each resource, and where that is used up:"]
        said += [f"  {one.resource}: {resources.sentence(one)}" for one in answer.demands]
    if answer.bottleneck is not None:
        said.append(f"runs out first, of what was sampled: {answer.bottleneck.resource}")
    said += [f"not sampled: {resource}; {remedy}" for resource, remedy in answer.unmeasured]
    if not any(step.purpose is Purpose.CONFIRM for step in answer.plain_steps) and answer.steps:
        said.append("no soak has confirmed it yet")
    return said
