"""``preseason trend`` over a year of nightly runs: how long it takes, as a command, from start to exit."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.support import machine
from preseason.run.manifest import Manifest
from preseason.verdict.history.indicators import Indicators
from preseason.verdict.model import Verdict

RUNS, ROUNDS = 365, 5
EXAMPLE = Path(__file__).resolve().parents[1] / "reports" / "example"


def main() -> None:
    print(f"\nOver {RUNS} runs, median of {ROUNDS}; {machine.description()}\n")
    print("| command | s |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        runs = _write_year(Path(folder) / "runs")
        page = Path(folder) / "trend.html"
        for words in (
            ["trend"],
            ["trend", "--html", page],
            ["history"],
            ["review", "--month", "--until", "2026-12-30"],
        ):
            told = " ".join(str(word) for word in words).replace(f"{folder}/", "")
            print(f"| preseason {told} | {median(_seconds(words, runs) for _ in range(ROUNDS)):.2f} |")


def _write_year(folder: Path) -> Path:
    """The example's manifest, verdict and indicators, moved by 5 % of noise and a step in the middle."""
    random = np.random.default_rng(1)
    manifest = Manifest.model_validate_json((EXAMPLE / "run.json").read_bytes())
    verdict = Verdict.model_validate_json((EXAMPLE / "verdict.json").read_bytes())
    indicators = Indicators.model_validate_json((EXAMPLE / "indicators.json").read_bytes())
    for night in range(RUNS):
        started = manifest.started_at.replace(month=1, day=1) + timedelta(days=night)
        name = f"{started:%Y%m%dT%H%M%SZ}-nightly"
        step = 1.2 if night >= RUNS // 2 else 1.0
        values = tuple(
            one.model_copy(update={"value": one.value * step * random.lognormal(0, 0.05)})
            for one in indicators.values
        )
        run = folder / name
        run.mkdir(parents=True)
        (run / "run.json").write_text(
            manifest.model_copy(update={"run_id": name, "started_at": started}).model_dump_json(indent=2)
        )
        (run / "verdict.json").write_text(
            verdict.model_copy(update={"run": name, "objectives": ()}).model_dump_json(indent=2)
        )
        (run / "indicators.json").write_text(
            indicators.model_copy(update={"run": name, "values": values}).model_dump_json(indent=2)
        )
    return folder


def _seconds(words: list[str | Path], runs: Path) -> float:
    where = ["--out", runs] if words[0] == "history" else [runs]
    began_s = time.perf_counter()
    command = [sys.executable, "-m", "preseason.cli", *words, *where]
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - began_s


if __name__ == "__main__":
    main()
