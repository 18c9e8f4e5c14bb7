"""Trends on a terminal, and as a JSON document."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.report import plain, units
from preseason.report.history import trend
from preseason.report.history.trend_page import is_flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.verdict.history.trends import Change, Trend, Trends

#: Where there is no terminal to fit into.
_WIDTH = 160
_BLOCKS = "▁▂▃▄▅▆▇█"
_PLACES = 30
_COLOURS = {"FAIL": "red", "PASS": "green", "WAIVED": "cyan", "UNDECIDED": "yellow"}


def say(found: Trends) -> None:
    """Print every indicator with its course, every change with its run, and the answer."""
    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False, soft_wrap=True)
    console.print(Text(trend.about(found.history)))
    for remark in trend.remarks(found.history):
        console.print(Text(remark, style="dim"))
    if not all(is_flat(one) for one in found.trends):
        console.print(_indicators(found))
    if flat := [one for one in found.trends if is_flat(one)]:
        for words, alike in (
            ("the same in every run", [one for one in flat if len(one.known) > 1]),
            ("measured in one run, which shows no trend", [one for one in flat if len(one.known) == 1]),
        ):
            told = ", ".join(plain.short(_flat(one), 60) for one in alike)
            if told:
                console.print(Text(f"{words}: {told}", style="dim"))
    for one in found.trends:
        for change in one.changes:
            console.print(_change(one, change, found))
    word, tone = trend.WORDS[found.exit_code]
    console.print(Text(f"{word}: {trend.sentence(found)}", style=f"bold {_COLOURS[tone]}"))


def _indicators(found: Trends) -> Table:
    table = Table(box=None, pad_edge=False)
    for head, justify in (
        ("indicator", "left"),
        ("first to last run", "left"),
        ("median", "right"),
        ("last", "right"),
    ):
        table.add_column(
            head, header_style="dim", no_wrap=True, justify="right" if justify == "right" else "left"
        )
    for one in found.trends:
        if is_flat(one):
            continue
        last = one.values[-1]
        table.add_row(
            Text(plain.short(trend.title(one), 60)),
            course(one.values),
            units.quantity(float(np.median(one.known)), one.unit),
            "–" if last is None else units.quantity(last, one.unit),
        )
    return table


def _flat(one: Trend) -> str:
    return f"{trend.title(one)} {units.quantity(one.known[0], one.unit)}"


def course(values: Sequence[float | None], places: int = _PLACES) -> str:
    """A series as a row of blocks from its lowest to its highest; a blank where nothing was measured."""
    parts = np.array_split(
        np.array([np.nan if one is None else one for one in values]), min(places, len(values))
    )
    means = [float(np.nanmean(part)) if np.isfinite(part).any() else np.nan for part in parts]
    low, high = np.nanmin(means), np.nanmax(means)
    step = (high - low) / (len(_BLOCKS) - 1)
    return "".join(
        " " if np.isnan(mean) else _BLOCKS[round((mean - low) / step) if step > 0 else 0] for mean in means
    )


def _change(one: Trend, change: Change, found: Trends) -> Text:
    told = f"{trend.verb(change)}: {trend.title(one)} from {trend.levels(one, change)}"
    answered = f"; {trend.answer(change)}" if change.acknowledged else ""
    text = f"{told} since {trend.since(change, found.history)}{answered}"
    return Text(plain.short(text, 400), style=_COLOURS[trend.tone(change)] if change.is_open else "")


def document(found: Trends) -> dict[str, Any]:
    """The trends as JSON."""
    history = found.history
    return {
        "version": 1,
        "workload": history.workload.hash,
        "target": history.workload.target,
        "runs": [
            {
                "run": run.run_id,
                "started_at": run.started_at.isoformat(),
                "platform_version": run.manifest.target.platform_version,
                "commit": run.manifest.target.commit,
            }
            for run in history.runs
        ],
        "left_out": list(history.left_out),
        "set_apart": list(history.set_apart),
        "indicators": [_indicator(one, found) for one in found.trends],
        "open_regressions": len(found.open_regressions),
        "sentence": trend.sentence(found),
        "exit_code": int(found.exit_code),
    }


def _indicator(one: Trend, found: Trends) -> dict[str, Any]:
    return {
        "indicator": one.name,
        "about": one.about,
        "unit": one.unit,
        "better": one.better.value,
        "values": list(one.values),
        "change_points": [_point(change, found) for change in one.changes],
    }


def _point(change: Change, found: Trends) -> dict[str, Any]:
    run, before = found.history.runs[change.at], found.history.runs[max(change.at - 1, 0)]
    return {
        "index": change.at,
        "run": run.run_id,
        "platform_version": run.manifest.target.platform_version,
        "commit": run.manifest.target.commit,
        "commit_before": before.manifest.target.commit,
        "before": change.before,
        "after": change.after,
        "p": change.p,
        "change": change.relative,
        "direction": change.direction.value,
        "recovered": change.recovered,
        "acknowledged_by": change.acknowledged.owner if change.acknowledged else None,
    }
