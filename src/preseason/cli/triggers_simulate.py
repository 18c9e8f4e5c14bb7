"""``preseason triggers simulate``: an autoscaled platform under a load, and what its triggers make of it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from preseason.cli.written import write_text
from preseason.errors import BadInputError, ExitCode, Problem

if TYPE_CHECKING:
    from preseason.planning.triggers.autoscaling import Simulated
    from preseason.planning.triggers.theory import Stretch
    from preseason.slo.ahead.autoscaling import Autoscaling


def command(
    file: Annotated[
        Path | None, typer.Argument(help="Platform, load and triggers; the default is slo/autoscaling.yaml.")
    ] = None,
    scale_up: Annotated[
        str | None,
        typer.Option(help="From the order of an instance until it serves, in place of the file's."),
    ] = None,
    least: Annotated[int | None, typer.Option("--min", min=1, help="Fewest instances.")] = None,
    most: Annotated[int | None, typer.Option("--max", min=1, help="Most instances.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of arrivals and service times.")] = None,
    beyond: Annotated[
        float, typer.Option(min=0, max=100, help="Per cent of requests that may take longer than the limit.")
    ] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the answer as one HTML page, too.")] = None,
) -> None:
    """Simulate an autoscaled platform: requests beyond the limit, instance-seconds, when it scaled.

    Exit code 1 where more requests than allowed took too long. Nothing is loaded.
    """
    from importlib.metadata import version

    from preseason.campaign import shipped
    from preseason.cli.durations import seconds_of
    from preseason.cli.together import Mistakes
    from preseason.cli.triggers_simulated import say
    from preseason.planning.triggers.autoscaling import simulate
    from preseason.planning.triggers.theory import against_theory
    from preseason.report.triggers import simulated_page
    from preseason.slo.ahead.autoscaling import read_autoscaling

    mistakes = Mistakes()
    read = mistakes.of(lambda: read_autoscaling(file or shipped.autoscaling()), None)
    arrive_after_s = None
    if scale_up is not None:
        arrive_after_s = mistakes.of(lambda: seconds_of("--scale-up", scale_up), None)
    if least and most:
        mistakes.of(lambda: _need_order(least, most), None)
    mistakes.refuse()
    assert read is not None  # noqa: S101 - else it was refused
    of = _changed(read, arrive_after_s, least, most, seed)
    found = simulate(of)
    stretches = against_theory(found)
    if as_json:
        print(json.dumps(_document(found, stretches), indent=2, allow_nan=False))
    else:
        say(found, stretches)
    kept = 100 * int(found.beyond.sum()) <= beyond * len(found.took_s)
    if html is not None:
        write_text("--html", html, simulated_page.render(found, stretches, version("preseason"), kept=kept))
    if not len(found.took_s):
        raise typer.Exit(ExitCode.UNDECIDED)
    raise typer.Exit(ExitCode.PASS if kept else ExitCode.FAILED)


def _changed(
    of: Autoscaling, arrive_after_s: float | None, least: int | None, most: int | None, seed: int | None
) -> Autoscaling:
    """The file's platform with what the command line says otherwise."""
    if arrive_after_s is not None:
        rest_s = arrive_after_s if of.rest_s == of.arrive_after_s else of.rest_s
        of = replace(of, arrive_after_s=arrive_after_s, rest_s=rest_s)
    least, most = least or of.least, most or of.most
    _need_order(least, most)
    load = of.load if seed is None else replace(of.load, seed=seed)
    return replace(of, least=least, most=most, first=min(max(of.first, least), most), load=load)


def _need_order(least: int, most: int) -> None:
    if least > most:
        cause = f"the fewest instances, {least}, are more than the most, {most}"
        raise BadInputError(Problem(cause, "--min, --max", "choose them the other way round"))


def _document(found: Simulated, stretches: tuple[Stretch, ...]) -> dict[str, Any]:
    total = len(found.took_s)
    return {
        "version": 1,
        "name": found.of.name,
        "seed": found.of.load.seed,
        "requests": total,
        "limit_s": found.of.limit_s,
        "beyond_limit": int(found.beyond.sum()),
        "gave_up": found.gave_up,
        "instance_seconds": found.paid_s,
        "scale_up_s": found.of.arrive_after_s,
        "changes": [asdict(one) for one in found.changes],
        "theory": [
            {
                "start_s": one.start_s,
                "end_s": one.end_s,
                "instances": one.instances,
                "servers": one.queue.servers,
                "rate": one.rate,
                "utilisation": one.load,
                "figures": [asdict(figure) | {"agrees": figure.agrees} for figure in one.figures],
            }
            for one in stretches
        ],
    }
