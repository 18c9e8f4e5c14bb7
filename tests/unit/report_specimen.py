"""A run and a verdict to render: 60 s, three endpoints, every outcome once, two gaps, one fault."""

from __future__ import annotations

from typing import Any

import numpy as np

from preseason.errors import ExitCode
from preseason.run.manifest import Source
from preseason.run.requests import Endpoint
from preseason.run.timeline import Event, EventKind
from preseason.testing import ORIGIN_S, SyntheticRun, Traffic, arrivals_table, samples_table, synthetic_run
from preseason.verdict.model import (
    Decision,
    Finding,
    FindingKind,
    ObjectiveResult,
    Outcome,
    Validity,
    Verdict,
    Window,
)

SECONDS = 60
LEAGUE = Endpoint("/api/leagues/{id}/data", "GET")
SEARCH = Endpoint("/api/players/search", "GET")
TRADE = Endpoint("/api/trades", "POST")


def run(**changes: Any) -> SyntheticRun:  # noqa: ANN401 - any argument of synthetic_run
    """A run in memory with everything in it; ``changes`` are arguments of ``synthetic_run``."""
    wave = 40 + 5 * np.sin(np.arange(SECONDS))
    parts: dict[str, Any] = {
        "traffic": (traffic(LEAGUE, 40.0), traffic(SEARCH, 150.0), traffic(TRADE, 70.0, failing=7)),
        "arrivals": arrivals_table([20] * SECONDS, dropped=[int(second == 40) for second in range(SECONDS)]),
        "samples": (
            samples_table(
                {
                    ("postgres", "connections"): np.where((wave > 44), np.nan, wave),
                    ("postgres", "connections_limit"): np.full(SECONDS, 97.0),
                    ("postgres", "connections_by_state", "active"): wave / 4,
                    ("postgres", "waits", "Lock"): np.maximum(wave - 42, 0),
                    ("host", "process_cpu", "platform"): wave / 50,
                    ("generator", "cpu", "generator-0"): wave / 100,
                    ("generator", "cpu", "generator-1"): wave / 100,
                    ("redis", "memory_bytes"): np.full(SECONDS, 12e6),
                }
            ),
            samples_table(
                {
                    ("redis", "keyspace_hits"): np.arange(SECONDS) * 95,
                    ("redis", "keyspace_misses"): np.arange(SECONDS) * 5,
                    ("redis", "evicted_keys"): np.zeros(SECONDS),
                    ("postgres", "statement_calls", "4711"): np.arange(SECONDS) * 10,
                    ("postgres", "statement_exec_ms", "4711"): np.arange(SECONDS) * 32.5,
                },
                epoch="one",
            ),
        ),
        "timeline": (
            Event(
                at_s=ORIGIN_S + 20, until_s=ORIGIN_S + 24, kind=EventKind.GAP, source="postgres", text="lost"
            ),
            Event(at_s=ORIGIN_S + 35, kind=EventKind.FAULT, source="target", text="slow-query began"),
            Event(
                at_s=ORIGIN_S + 1,
                kind=EventKind.NOTE,
                source="postgres",
                text="blind",
                facts={"cure": "GRANT"},
            ),
        ),
        "sources": (
            Source(name="redis", version="7.2"),
            Source(name="pgbouncer", absent="no address was given"),
        ),
        "command": "preseason gate --slo slo/release.yaml",
    }
    return synthetic_run(SECONDS, **(parts | changes))


def traffic(endpoint: Endpoint, middle_ms: float, failing: int = 0) -> Traffic:
    """Ten requests a second about ``middle_ms``; every ``failing``-th fails."""
    seconds = np.repeat(np.arange(SECONDS), 10)
    spread = np.tile(np.linspace(0.5, 2.0, 10), SECONDS)
    ok = np.arange(len(seconds)) % failing != 0 if failing else True
    return Traffic.of(seconds, middle_ms * spread, ok, endpoint=endpoint, error="503 Service Unavailable")


def objective(**changes: Any) -> ObjectiveResult:  # noqa: ANN401 - any field
    """``p95 < 200 ms``, passed at 180 ms; ``changes`` are its fields."""
    plain: dict[str, Any] = {
        "name": "p95 < 200 ms",
        "indicator": "p95",
        "comparison": "<",
        "outcome": Outcome.PASS,
        "point": 180.0,
        "low": 170.0,
        "high": 190.0,
        "limit": 200.0,
        "unit": "ms",
        "good": 970,
        "total": 1000,
        "target_ratio": 0.95,
        "reason": "at least 96 % of requests were answered within 200 ms",
    }
    return ObjectiveResult(**(plain | changes))


OBJECTIVES = (
    objective(),
    objective(
        name="p95 < 200 ms for GET /api/players/search",
        endpoint="GET /api/players/search",
        outcome=Outcome.FAIL,
        point=300.0,
        low=280.0,
        high=None,
        good=700,
        severity="P1",
        reason="at most 70 % of requests were answered within 200 ms",
    ),
    objective(
        name="errors < 1 %", indicator="errors", outcome=Outcome.UNDECIDED, unit="ratio", point=0.0099
    ).model_copy(update={"low": 0.008, "high": 0.012, "limit": 0.01, "needs": "about 4 more minutes"}),
    objective(
        name="redis.hit_rate > 90 %",
        indicator="redis.hit_rate",
        comparison=">",
        outcome=Outcome.NO_DATA,
        unit="ratio",
        limit=0.9,
        point=None,
        low=None,
        high=None,
        good=None,
        total=None,
        reason="redis was not sampled",
    ),
    objective(name="rate > 60/s", indicator="rate", comparison=">", unit="1/s", limit=60.0).model_copy(
        update={"outcome": Outcome.NOT_STEADY, "point": 61.0, "low": 55.0, "high": 70.0}
    ),
    objective(
        name="p99 < 1 s",
        indicator="p99",
        limit=1000.0,
        outcome=Outcome.WAIVED,
        reason="until the index is built",
    ),
)

FINDINGS = (
    Finding(
        kind=FindingKind.SLOW_ENDPOINT,
        title="GET /api/players/search is slow",
        subject="GET /api/players/search",
        evidence={"p95_ms": 300.0, "share_within_limit": 0.7, "requests": 600, "index": None},
        at_s=ORIGIN_S + 34.0,
        until_s=ORIGIN_S + 45.0,
    ),
    Finding(kind=FindingKind.HEAVY_STATEMENT, title="statement 4711 took 80 % of the time", subject="4711"),
)


def verdict(**changes: Any) -> Verdict:  # noqa: ANN401 - any field
    """FAIL on the specimen run; ``changes`` are fields of the verdict."""
    plain: dict[str, Any] = {
        "run": "20260105T120000Z-synthetic",
        "slo": "release",
        "verdict": Decision.FAIL,
        "exit_code": ExitCode.FAILED,
        "sentence": "1 of 6 objectives is missed: player search answers too late.",
        "window": Window(
            start_s=ORIGIN_S + 10, end_s=ORIGIN_S + SECONDS, warmup_s=10.0, warmup_found_by="given"
        ),
        "validity": Validity(valid=True),
        "objectives": OBJECTIVES,
        "findings": FINDINGS,
    }
    return Verdict(**(plain | changes))
