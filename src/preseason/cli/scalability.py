"""How a fitted scalability law is said: as text for people, as JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.planning.scalability.assessing import ends
from preseason.planning.scalability.grading import Grade

if TYPE_CHECKING:
    from preseason.planning.scalability.assessing import Scalability
    from preseason.planning.scalability.bootstrap import Interval

_COLOURS = {Grade.VALID: "green", Grade.WEAK: "yellow", Grade.REJECTED: "red"}
_WIDTH = 110


def document(found: Scalability) -> dict[str, Any]:
    """The answer as JSON; null is what may not be claimed, or is not bounded."""
    law, bounds = found.law, found.intervals
    return {
        "lambda": law.lambda_,
        "sigma": law.sigma,
        "kappa": law.kappa,
        "n_peak": found.n_peak,
        "x_peak": found.x_peak,
        "x_limit": found.x_limit,
        "grade": found.grade.value,
        "reasons": list(found.reasons),
        "intervals": {
            "lambda": ends(bounds.lambda_),
            "sigma": ends(bounds.sigma),
            "kappa": ends(bounds.kappa),
            "n_peak": ends(bounds.n_peak),
            "x_peak": ends(bounds.x_peak),
            "x_limit": ends(bounds.x_limit),
        },
    }


def print_json(found: Scalability) -> None:
    """Print the answer as one JSON document."""
    json.dump(document(found), sys.stdout, indent=2, allow_nan=False)
    print()


def say(found: Scalability) -> None:
    """Print the parameters with their intervals, the grade and why, and what else explains the points."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(_parameters(found))
    console.print()
    console.print(_rivals(found))
    console.print()
    console.print(Text(f"{found.grade}: {_claim(found)}", style=f"bold {_COLOURS[found.grade]}"))
    for reason in found.reasons:
        console.print(Text(f"  {reason}"))


def _parameters(found: Scalability) -> Table:
    law, bounds = found.law, found.intervals
    alone = "; ".join(filter(None, ("what contention alone would leave", found.extrapolated)))
    rows: tuple[tuple[str, float | None, Interval, str], ...] = (
        ("lambda", law.lambda_, bounds.lambda_, "throughput of one"),
        ("sigma", law.sigma, bounds.sigma, "contention: the share that queues"),
        ("kappa", law.kappa, bounds.kappa, "coherency: what each pair costs"),
        ("N peak", found.n_peak, bounds.n_peak, "concurrency of the highest throughput"),
        ("X peak", found.x_peak, bounds.x_peak, "the highest throughput"),
        ("X limit", found.x_limit, bounds.x_limit, alone),
    )
    table = Table(box=None, pad_edge=False)
    for column in ("", "fitted", "95 % interval", "meaning"):
        table.add_column(column, header_style="dim", no_wrap=column != "meaning")
    for name, value, interval, meaning in rows:
        table.add_row(name, _number(value), _range(interval), Text(meaning, style="dim"))
    return table


def _rivals(found: Scalability) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("model", "AICc, above the best", "squares left"):
        table.add_column(column, header_style="dim", no_wrap=True)
    best = found.explanations[0].aicc
    for one in found.explanations:
        above = "–" if one.aicc == float("inf") else f"{one.aicc - best:.1f}"
        table.add_row(one.model, above, f"{one.squares:.4g}")
    return table


def _claim(found: Scalability) -> str:
    """What may be said about the peak, and no more."""
    if found.n_peak is not None and found.x_peak is not None:
        return f"throughput peaks at {found.x_peak:.5g}, at a concurrency of {found.n_peak:.4g}"
    if found.grade is Grade.REJECTED:
        return f"this is not the law behind these points; the highest measured was {found.at_least:.5g}"
    return (
        f"no peak by N = {found.tested_to:g}; the highest throughput is at least {found.at_least:.5g}, "
        f"as measured at N = {found.at_least_n:g}"
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.6g}"


def _range(interval: Interval) -> str:
    low, high = ends(interval)
    if low is None or (high is None and low == 0):
        return "not bounded"
    return f"≥ {low:.4g}" if high is None else f"{low:.4g} … {high:.4g}"
