"""``preseason slo export`` and ``preseason slo import``: objectives in the languages of others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.errors import BadInputError, ExitCode, Problem

if TYPE_CHECKING:
    from preseason.slo.translations.translation import Translation


def export(
    file: Annotated[Path, typer.Argument(help="SLO file, or the name of one of ours.")] = Path("release"),
    openslo: Annotated[bool, typer.Option("--openslo", help="As OpenSLO v1.")] = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="As recording and alerting rules of Prometheus.")
    ] = False,
    alerts: Annotated[
        Path | None,
        typer.Option(help="Alert policy to put into the rules of Prometheus; the default is the manual's."),
    ] = None,
) -> None:
    """Print the ratio objectives of a file as OpenSLO or as Prometheus rules; say what neither can hold."""
    from preseason.campaign import shipped
    from preseason.slo.alerts.reading import read_alerts
    from preseason.slo.reading import read_slo
    from preseason.slo.translations.openslo import to_openslo
    from preseason.slo.translations.prometheus_rules import to_prometheus

    if openslo == prometheus:
        raise BadInputError(Problem("export as what?", "preseason slo export", "--openslo, or --prometheus"))
    slo = read_slo(shipped.find_slo(file))
    if openslo:
        translation = to_openslo(slo)
    else:
        translation = to_prometheus(slo, read_alerts(alerts or shipped.alert_policy()))
    _say_left_out(translation, "left out")
    if not translation.text:
        raise BadInputError(Problem("nothing in this file can be exported", str(file)))
    sys.stdout.write(translation.text)


def import_(
    file: Annotated[Path, typer.Argument(help="OpenSLO file.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Write what can be imported, although something cannot.")
    ] = False,
) -> None:
    """Print the ratio objectives of an OpenSLO file as an SLO file, and say what is not imported.

    A file that would promise less than the original is written with --partial only.
    """
    from preseason.slo.text import read_text
    from preseason.slo.translations.openslo_import import from_openslo

    translation = from_openslo(read_text(file), str(file))
    if translation.left_out and not (partial and translation.text):
        raise BadInputError(translation.left_out)
    _say_left_out(translation, "not imported")
    sys.stdout.write(translation.text)
    raise typer.Exit(ExitCode.PASS)


def _say_left_out(translation: Translation, how: str) -> None:
    for problem in translation.left_out:
        print(f"preseason: {how}: {problem}", file=sys.stderr)
