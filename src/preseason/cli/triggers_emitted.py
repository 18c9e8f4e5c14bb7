"""Triggers written for what is to scale by them, instead of a report about them."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.triggers.backtest import Rehearsal
    from preseason.planning.triggers.sweeps import Sweep
    from preseason.slo.alerts.model import AlertRule


class Machinery(StrEnum):
    """What triggers can be written for."""

    HPA = "hpa"
    KEDA = "keda"
    PROMETHEUS = "prometheus"


def emit(machinery: Machinery, rules: Sequence[AlertRule], said: Sequence[str] = ()) -> None:
    """Print ``rules`` under what is ``said`` of them, and on standard error which ones cannot be written.

    BadInputError where none can.
    """
    from preseason.report.triggers import autoscalers
    from preseason.slo.translations.translation import comment

    writers = {
        Machinery.HPA: autoscalers.horizontal_pod_autoscaler,
        Machinery.KEDA: autoscalers.keda,
        Machinery.PROMETHEUS: autoscalers.prometheus,
    }
    written = writers[machinery](rules)
    if not written.text:
        raise BadInputError(written.left_out)
    for problem in written.left_out:
        print(f"preseason: left out: {problem}", file=sys.stderr)
    sys.stdout.write(comment(said) + written.text)


def emit_recommended(
    machinery: Machinery, swept: Sequence[Sweep], rehearsals: Sequence[Rehearsal], time_scale: float
) -> None:
    """Print the triggers that serve, and what recommends them; BadInputError where none does."""
    emit(machinery, _recommended(swept), (_origin(rehearsals, swept[0], time_scale),))


def _recommended(swept: Sequence[Sweep]) -> list[AlertRule]:
    """The rules that serve; BadInputError where there is nothing to write."""
    chosen = [one.chosen.rule for one in swept if one.chosen]
    if not chosen:
        cause = "no trigger of these gives the lead asked for in these runs"
        raise BadInputError(Problem(cause, "--emit with --lead", "ask for less, or name other --rules"))
    return chosen


def _origin(rehearsals: Sequence[Rehearsal], swept: Sweep, time_scale: float) -> str:
    """What recommended triggers rest on."""
    from preseason.report import units

    runs = ", ".join(one.run.manifest.run_id for one in rehearsals)
    scaled = "" if time_scale == 1 else f", a rehearsal with times ÷ {time_scale:g}"
    healthy = "" if swept.healthy else "; none of them went well, so that false alarms were not tried"
    return f"Recommended for a lead of {units.duration(swept.wanted_s)} by {runs}{scaled}{healthy}."
