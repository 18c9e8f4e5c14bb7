"""``preseason trend``: where the level of a series of measurements changed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from preseason.verdict.changes import ChangePoint


def command(
    csv: Annotated[
        Path, typer.Option("--csv", help="CSV with a header, the oldest line first; - is standard input.")
    ],
    metric: Annotated[str, typer.Option(help="Column of the CSV that holds the measurements.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    window: Annotated[
        int, typer.Option(min=2, max=2000, help="How many measurements are looked at together.")
    ] = 50,
    p: Annotated[
        float, typer.Option("--p", min=0, max=1, help="Largest chance that a change point is luck.")
    ] = 0.001,
    min_magnitude: Annotated[
        float, typer.Option(min=0, help="Smallest change of the mean that counts; 0.05 is 5 %.")
    ] = 0.0,
) -> None:
    """Find where the level of a series of measurements changed, and by how much."""
    from preseason.campaign.measurements import read_series
    from preseason.verdict.changes import Sensitivity, change_points

    if math.isnan(p) or math.isnan(min_magnitude):
        raise BadInputError(Problem("is not a number", "--p, --min-magnitude", "write it as in 0.001"))
    series = read_series(csv, metric)
    found = change_points(series.values, Sensitivity(window, p, min_magnitude))
    if as_json:
        points = [
            {"index": series.rows[one.index], "before": one.before, "after": one.after, "p": one.p}
            for one in found
        ]
        print(json.dumps({"change_points": points}, allow_nan=False))
        return
    missing = f", {series.missing} missing" if series.missing else ""
    print(f"{metric}: {len(series.values)} values{missing}, {_counted(len(found))}")
    for one in found:
        print(f"  row {series.rows[one.index]}: {_said(one)}")


def _counted(points: int) -> str:
    return {0: "no change point", 1: "1 change point"}.get(points, f"{points} change points")


def _said(one: ChangePoint) -> str:
    change = f" ({(one.after - one.before) / abs(one.before):+.1%})" if one.before else ""
    return f"{one.before:.5g} -> {one.after:.5g}{change}, p = {one.p:.2g}"
