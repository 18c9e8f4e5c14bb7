"""The live view: a table that redraws itself on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.campaign.observer import Observer, Progress

_LINE_EVERY_S = 5.0
_FACTS_A_ROW = 4


@contextmanager
def observing(*, quiet: bool) -> Iterator[Observer]:
    """The observer that fits where our output goes. All of it goes to standard error."""
    console = Console(file=sys.stderr)
    if quiet:
        yield _Silent()
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield _Screen(live)
    else:
        yield _Lines()


class _Silent:
    def step(self, text: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        pass


class _Lines:
    """A line a step, and one every few seconds of load."""

    def __init__(self) -> None:
        self._phase = ""
        self._next_s = 0.0

    def step(self, text: str) -> None:
        print(f"preseason: {text}", file=sys.stderr, flush=True)

    def progress(self, progress: Progress) -> None:
        if progress.phase == self._phase and time.monotonic() < self._next_s:
            return
        self._phase, self._next_s = progress.phase, time.monotonic() + _LINE_EVERY_S
        facts = ", ".join(f"{name} {value}" for name, value in facts_of(progress) if value != "–")
        print(f"preseason: {progress.phase}: {facts}", file=sys.stderr, flush=True)


class _Screen:
    """The last steps, a bar, and the figures of the last second."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._steps: list[str] = []

    def step(self, text: str) -> None:
        self._steps.append(text)
        self._live.update(self._log())

    def progress(self, progress: Progress) -> None:
        total_s, done_s = max(progress.duration_s, 1.0), max(progress.elapsed_s, 0.0)
        bar = Table.grid(padding=(0, 2))
        phase = Text(progress.phase, style="bold cyan")
        bar.add_row(phase, ProgressBar(total=total_s, completed=min(done_s, total_s), width=48))
        self._live.update(Group(self._log(), bar, _figures(progress)))

    def _log(self) -> Text:
        return Text("\n".join(self._steps[-4:]), style="dim")


def _figures(progress: Progress) -> Table:
    """The facts, names above values, in rows short enough for any terminal."""
    facts = facts_of(progress)
    grid = Table.grid(padding=(0, 3))
    for row in (facts[:_FACTS_A_ROW], facts[_FACTS_A_ROW:]):
        grid.add_row(*(Text(name, style="dim") for name, _ in row))
        grid.add_row(*(Text(value, style="bold") for _, value in row))
    return grid


def facts_of(progress: Progress) -> list[tuple[str, str]]:
    """What is shown of a moment, as names and formatted values; a dash where nothing is known."""
    minutes, seconds = divmod(round(max(progress.duration_s - progress.elapsed_s, 0.0)), 60)
    pool = progress.connections_limit
    return [
        ("time left", f"{minutes}:{seconds:02}" if progress.duration_s else "–"),
        ("planned", _number(progress.planned_rate, "{:.1f}/s")),
        ("requests", _number(progress.requests_rate, "{:.0f}/s")),
        ("p95", _number(progress.p95_ms, "{:.1f} ms")),
        ("errors", _number(progress.errors_rate, "{:.1f}/s")),
        ("hit rate", _number(progress.hit_rate, "{:.1%}")),
        ("connections", _number(progress.connections, "{}" + (f"/{pool}" if pool else ""))),
        ("users", f"{progress.in_flight} of {progress.users} busy"),
    ]


def _number(value: float | None, template: str) -> str:
    return "–" if value is None else template.format(value)
