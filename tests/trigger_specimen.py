"""Runs with a known end, and reports on them: a CPU that rises until users suffer, and one that is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.triggers.backtest import rehearsal_of, rehearse
from preseason.planning.triggers.sweeps import sweep
from preseason.report.triggers.report import TriggerReport
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.reading import parse_slo
from preseason.testing import SyntheticRun, Traffic, arrivals_table, samples_table, synthetic_run

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 600
SLO = "version: 1\nload: {model: open, rate: 10/s, duration: 600s, warmup: 0s}\nobjectives: [p95 < 200 ms]\n"


def _run(run_id: str, breaks_at_s: int, cpu: np.ndarray) -> SyntheticRun:
    second = np.repeat(np.arange(SECONDS), 10)
    return synthetic_run(
        SECONDS,
        [Traffic.of(second, np.where(second >= breaks_at_s, 3000.0, 50.0))],
        arrivals=arrivals_table([10] * SECONDS),
        samples=(samples_table({("host", "cpu"): cpu}),),
    ).changed(run_id=run_id)


#: Users suffer from 400 s on; the CPU passes 50 % at 300 s.
OVERLOAD = _run("<b>overload</b>", 400, np.linspace(0, 1, SECONDS))
HEALTHY = _run("healthy", SECONDS, np.linspace(0, 1, SECONDS) / 3)


def reported(
    runs: Sequence[SyntheticRun],
    *rules: str,
    scale_up_s: float = 0.0,
    lead_s: float | None = None,
    time_scale: float = 1.0,
) -> TriggerReport:
    slo = parse_slo(SLO, "slo.yaml")
    rehearsals = [found for run in runs if (found := rehearsal_of(run, slo)) is not None]
    asked = [parse_alert(text, AlertLevel.SCALING) for text in rules]
    swept = () if lead_s is None else tuple(sweep(rule, rehearsals, lead_s, time_scale) for rule in asked)
    return TriggerReport(rehearse(asked, rehearsals, scale_up_s, time_scale), swept, scale_up_s, time_scale)
