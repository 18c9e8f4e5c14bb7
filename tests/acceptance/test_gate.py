"""``preseason gate`` from the outside, on a platform that is well and on one that is not.

How else a gate may end is in ``test_gate_ends.py``: a worker of the tests takes a whole file, and all of
these would keep one busy when the others have nothing left.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine, Said
from gated import QUICK, gate, slo_file, verdict_of

from preseason.run.reading import read_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.gate


@pytest.fixture
def preseason(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, Said]:
    """A gate on the healthy reference platform, and what it said."""
    folder = tmp_path_factory.mktemp("healthy")
    preseason = CommandLine(folder)
    return preseason, gate(preseason, "--slo", slo_file(folder), "--leagues", "4")


def test_a_healthy_platform_passes_and_every_file_is_there(healthy: tuple[CommandLine, Said]) -> None:
    preseason, said = healthy

    assert said.exit_code == 0, said.all
    verdict = verdict_of(preseason)
    assert (verdict["verdict"], verdict["slo"]) == ("PASS", "objectives")  # by its file, which names none
    assert {objective["outcome"] for objective in verdict["objectives"]} == {"PASS"}
    folder = preseason.runs()[-1]
    files = "run.json verdict.json report.html summary.md junit.xml slo.yaml timeline.jsonl"
    for name in files.split():
        assert (folder / name).stat().st_size > 0, name
    assert json.loads((folder / "run.json").read_text())["status"] == "finished"


def test_what_was_recorded_can_be_shown(healthy: tuple[CommandLine, Said]) -> None:
    preseason, _ = healthy

    shown = json.loads(preseason("show", "latest", "--json").output)

    names = {(endpoint["method"], endpoint["name"]) for endpoint in shown["endpoints"]}
    assert {("GET", "/api/leagues/{id}/data"), ("POST", "/api/teams/lineup")} <= names
    assert all(e["response"]["p95"] >= e["service"]["p50"] for e in shown["endpoints"] if e["requests"])


def test_the_load_generator_is_watched_on_its_own_machine(healthy: tuple[CommandLine, Said]) -> None:
    preseason, _ = healthy
    samples = read_run(preseason.runs()[-1]).samples

    watched = samples.labelled("host", "process_cpu")
    assert {"generator", "platform", "postgres", "redis", "collectors"} <= set(watched)
    assert watched["generator"].value.max() > 0


def test_another_judgement_overwrites_nothing(healthy: tuple[CommandLine, Said], tmp_path: Path) -> None:
    preseason, _ = healthy
    stricter = slo_file(tmp_path, QUICK.replace("p95 < 500 ms", "p95 < 0.1 ms"))
    before = (preseason.runs()[-1] / "verdict.json").read_bytes()

    judged = preseason("judge", "latest", "--slo", stricter)

    assert judged.exit_code == 1
    assert (preseason.runs()[-1] / "verdict.json").read_bytes() == before
    assert (preseason.runs()[-1] / "report-2.html").exists()


def test_a_switched_off_cache_fails_the_hit_rate_and_names_it(preseason: CommandLine, tmp_path: Path) -> None:
    said = gate(preseason, "--slo", slo_file(tmp_path), "--leagues", "4", "--fault", "cache-off")

    assert said.exit_code == 1, said.all
    failed = [o for o in verdict_of(preseason)["objectives"] if o["outcome"] == "FAIL"]
    assert [objective["indicator"] for objective in failed] == ["redis.hit_rate"]
    assert "hit" in said.output


def test_a_slow_query_fails_latency_and_names_the_endpoint_that_suffers(
    preseason: CommandLine, tmp_path: Path
) -> None:
    slo = slo_file(tmp_path, QUICK.replace("p95 < 500 ms", "p95 < 200 ms"))
    said = gate(preseason, "--slo", slo, "--leagues", "4", "--fault", "slow-query")

    assert said.exit_code == 1, said.all
    slowest = max(
        json.loads(preseason("show", "latest", "--json").output)["endpoints"],
        key=lambda endpoint: endpoint["response"]["p95"] or 0,
    )
    assert slowest["name"] in said.output


def test_a_run_whose_objectives_are_gone_can_be_judged_by_others_only(
    healthy: tuple[CommandLine, Said], tmp_path: Path
) -> None:
    preseason, _ = healthy
    copy = shutil.copytree(preseason.runs()[-1], tmp_path / "copy")
    (copy / "slo.yaml").unlink()

    assert preseason("judge", copy).exit_code == 2
    assert preseason("judge", copy, "--slo", slo_file(tmp_path)).exit_code == 0
