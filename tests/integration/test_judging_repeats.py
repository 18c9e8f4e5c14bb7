"""The same run and question give the same bytes, whatever the process that judges is told by its machine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.report.format_names import Format
from preseason.testing import LEAGUE, LINEUP, Traffic, samples_table, synthetic_run, write_run

if TYPE_CHECKING:
    from pathlib import Path

SLO = """load: {model: open, rate: 20/s, duration: 120s}
objectives:
  - p95 < 200 ms
  - p95 < 151 ms for POST /api/teams/lineup
  - p95 < 110 % of baseline
  - errors < 1 % over 30s
  - redis.hit_rate > 90 %
  - cpu < 80 %
"""
JUDGE = "import sys; from preseason.cli import main; sys.argv = ['preseason', *sys.argv[1:]]; main()"

#: What BLAS would compute on a processor of long ago; where it is another BLAS, as on any.
ANOTHER_PROCESSOR = {"OPENBLAS_CORETYPE": "Prescott"}


def write(runs: Path, name: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    seconds = np.sort(draw.integers(0, 120, 5000))
    samples = samples_table(
        {
            ("redis", "keyspace_hits"): np.arange(121) * 90,
            ("redis", "keyspace_misses"): np.arange(121) * 9,
        },
        epoch="a",
    )
    run = synthetic_run(
        120,
        [
            Traffic.of(seconds, draw.lognormal(4, 0.6, 5000), draw.random(5000) > 0.01, endpoint=endpoint)
            for endpoint in (LEAGUE, LINEUP)
        ],
        samples=[samples, samples_table({("host", "cpu"): draw.uniform(0.2, 0.4, 121)})],
        run_id=name,
    )
    write_run(runs / name, run, SLO)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("reports")
    write(runs, "20260105T110000Z-before", 1)
    write(runs, "20260105T120000Z-after", 2)
    passing = "load: {model: open, rate: 20/s, duration: 120s}\nobjectives: [p50 < 1 s]\n"
    (runs / "20260105T110000Z-before" / "slo.yaml").write_text(passing)
    return runs


def preseason(folder: Path, *words: str, **environment: str) -> bytes:
    command = [sys.executable, "-c", JUDGE, *words, "--out", str(folder)]
    told = {**os.environ, **environment}
    return subprocess.run(command, env=told, check=False, capture_output=True, timeout=60).stdout


def answers(folder: Path, **environment: str) -> dict[str, bytes]:
    run = folder / "20260105T120000Z-after"
    for old in (*run.glob("verdict*"), *run.glob("report*")):
        old.unlink()
    preseason(folder, "judge", run.name, **environment)
    return {path.name: path.read_bytes() for path in sorted(run.iterdir()) if path.is_file()}


def test_judging_again_elsewhere_gives_the_same_bytes(folder: Path) -> None:
    preseason(folder, "judge", "20260105T110000Z-before")
    preseason(folder, "baseline", "set", "20260105T110000Z-before")

    here = answers(folder, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C", OPENBLAS_CORETYPE="Haswell")
    there = answers(
        folder, PYTHONHASHSEED="4711", TZ="Pacific/Auckland", LC_ALL="C.UTF-8", **ANOTHER_PROCESSOR
    )

    assert b'"comparison": {' in here["verdict.json"]
    assert here == there


def test_a_report_is_printed_alike_wherever_it_is_asked_for(folder: Path) -> None:
    asked = ("report", "20260105T110000Z-before", "--format", Format.HTML)
    preseason(folder, "judge", "20260105T110000Z-before")

    here = preseason(folder, *asked, PYTHONHASHSEED="1", TZ="UTC", PYTHONIOENCODING="utf-8")
    there = preseason(folder, *asked, PYTHONHASHSEED="4711", TZ="Pacific/Auckland", PYTHONIOENCODING="ascii")

    assert here.startswith(b"<!doctype html>")
    assert here == there


def test_an_inner_product_has_the_same_last_digits_on_every_processor() -> None:
    script = (
        "import numpy as np; from preseason.verdict.statistics.products import inner_product\n"
        "one, other = np.random.default_rng(1).standard_normal((2, 999))\n"
        "print(inner_product(one, other).hex())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **processor}, check=True, capture_output=True
        ).stdout
        for processor in ({"OPENBLAS_CORETYPE": "Haswell"}, ANOTHER_PROCESSOR)
    ]
    assert told[0].startswith((b"0x", b"-0x"))
    assert told[0] == told[1]
