"""Nights of runs made from the committed example: sixty of them, with a release that made a search slow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from preseason.errors import ExitCode
from preseason.run.manifest import Manifest, Status, Target
from preseason.verdict.history.comparable import PastRun
from preseason.verdict.history.indicators import Better, Failures, Indicators, IndicatorValue
from preseason.verdict.model import Decision, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = Path(__file__).parents[1] / "reports" / "example"
FIRST = datetime(2026, 10, 1, 2, 30, tzinfo=UTC)
SEARCH = "GET /api/players"
#: Where the example, whose search was made slow on purpose, is not what a night is like.
_USUAL = {
    ("p95", SEARCH): 24.0,
    ("p95", ""): 31.0,
    ("p99", ""): 74.0,
    ("mean", ""): 9.0,
    ("redis.hit_rate", ""): 0.985,
}
_USUAL |= {("mean cpu", ""): 0.42, ("slow_queries(1 s)", ""): 0.0}
#: What the release of night 40 did, as factors.
SLOWER = {("p95", SEARCH): 1.7, ("p95", ""): 1.35, ("p99", ""): 1.5}


@dataclass(frozen=True)
class Nights:
    """How nights are: ``worse`` are factors by indicator from night ``since`` on, ``noise`` is relative."""

    count: int = 60
    since: int = 40
    worse: Mapping[tuple[str, str], float] | None = None
    noise: float = 0.04
    seed: int = 7


def nights(how: Nights | None = None, **manifest: Any) -> tuple[PastRun, ...]:  # noqa: ANN401 - fields of it
    """One run a night, the oldest first; ``manifest`` are fields of all their manifests."""
    how = how or Nights()
    random = np.random.default_rng(how.seed)
    return tuple(_night(night, how, random, manifest) for night in range(how.count))


def write(folder: Path, runs: tuple[PastRun, ...]) -> Path:
    """Put on disk what a history reads of each run."""
    for run in runs:
        place = folder / run.folder
        place.mkdir(parents=True)
        (place / "run.json").write_text(run.manifest.model_dump_json())
        if run.verdict:
            (place / "verdict.json").write_text(run.verdict.model_dump_json())
        if run.indicators:
            (place / "indicators.json").write_text(run.indicators.model_dump_json())
    return folder


@cache
def _example() -> tuple[Manifest, Verdict, Indicators]:
    manifest, verdict, indicators = (
        (EXAMPLE / name).read_bytes() for name in ("run.json", "verdict.json", "indicators.json")
    )
    return (
        Manifest.model_validate_json(manifest),
        Verdict.model_validate_json(verdict),
        Indicators.model_validate_json(indicators),
    )


def _night(night: int, how: Nights, random: np.random.Generator, changes: Mapping[str, Any]) -> PastRun:
    started = FIRST + timedelta(days=night, minutes=int(random.integers(0, 9)))
    run_id = f"{started:%Y%m%dT%H%M%SZ}-nightly"
    release = 1 + night // 20
    plain = {
        "run_id": run_id,
        "started_at": started,
        "ended_at": started + timedelta(minutes=2),
        "status": Status.FINISHED,
        "faults": (),
        "target": Target(
            url="https://staging.example.org",
            kind="remote",
            platform_version=f"2.{release}.0",
            commit=f"{release:x}f9c2ab",
        ),
    }
    manifest, _, example = _example()
    factors = how.worse or {} if night >= how.since else {}
    values = tuple(
        _value(one, night, factors.get((one.name, one.about), 1.0), how, random) for one in example.values
    )
    if night % 9 == 4:
        values = tuple(_failing(one) for one in values)
    failures = (
        (Failures(endpoint=SEARCH, kind="503 Service Unavailable", requests=3),) if night % 9 == 4 else ()
    )
    return PastRun(
        run_id,
        manifest.model_copy(update={**plain, **changes}),
        _verdict(run_id, values),
        example.model_copy(update={"run": run_id, "values": values, "failures": failures}),
    )


def _value(
    one: IndicatorValue, night: int, factor: float, how: Nights, random: np.random.Generator
) -> IndicatorValue:
    middle = _USUAL.get((one.name, one.about), one.value) * factor
    if one.name == "postgres.size_bytes":
        middle *= 100 + 0.8 * night
    if one.unit == "ratio" and one.better is Better.HIGHER:
        value = 1 - (1 - middle) * random.lognormal(0, how.noise)
    else:
        value = middle * random.lognormal(0, how.noise)
    return one.model_copy(update={"value": float(value)})


def _failing(one: IndicatorValue) -> IndicatorValue:
    """Three requests of some 2 600, or of 500 searches."""
    if one.name != "errors" or one.about not in {"", SEARCH}:
        return one
    return one.model_copy(update={"value": 3 / (500 if one.about else 2600)})


def _verdict(run_id: str, values: tuple[IndicatorValue, ...]) -> Verdict:
    _, example, _ = _example()
    known = {(one.name, one.about): one.value for one in values}
    objectives = tuple(
        one.model_copy(update={"outcome": Outcome.PASS, "point": known[one.indicator, one.endpoint or ""]})
        for one in example.objectives
    )
    answer = {"verdict": Decision.PASS, "exit_code": ExitCode.PASS, "sentence": "All 6 objectives hold."}
    return example.model_copy(update={"run": run_id, "slo": "nightly", "objectives": objectives, **answer})
