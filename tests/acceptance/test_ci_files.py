"""What users copy into their pipelines: valid for its reader, and really run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from commandline import clean_environment
from docs_pages import variables_of
from gated import unless_held_up
from ruamel.yaml import YAML

from preseason.cli.app import app

pytestmark = pytest.mark.gate

FILES = Path(__file__).parents[2] / "docs" / "howto" / "ci"
#: So high a rate is missed on any machine, and with a limit of seconds no journey begins too late to count.
SLO = """
load: {model: open, stages: [{hold: 8s, rate: 6/s}], warmup: 2s, mix: {league_read: 1}}
objectives: [rate > 1000/s, p50 < 20 s]
"""


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "workflow.yml"),
        ("vendor.gitlab-ci", "gitlab-ci.yml"),
    ],
)
def test_a_file_keeps_to_the_schema_of_its_reader(schema: str, file: str) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(FILES / file)]
    outcome = subprocess.run(check, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("file", ["action.yml", "workflow.yml", "gitlab-ci.yml"])
def test_every_command_and_option_in_a_file_exists(file: str) -> None:
    commands = typer.main.get_command(app).commands
    used = re.findall(r"\bpreseason (gate|report|judge)\b([^\n|>]*)", (FILES / file).read_text())
    for command, words in used:
        known = {name for option in commands[command].params for name in option.opts}
        assert set(re.findall(r"--[a-z]+", words)) <= known
    named = set(re.findall(r"\b(PRESEASON_[A-Z_]+):", (FILES / file).read_text()))
    assert named <= variables_of(commands["gate"])


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The action's own step, run on a gate that fails."""
    steps = YAML(typ="safe").load(FILES / "action.yml")["runs"]["steps"]
    (step,) = [step for step in steps if step.get("id") == "gate"]
    given = {"PRESEASON_TARGET": "", "PRESEASON_USERS": "", "ALLOW": "", "PRESEASON_SLO": "own.yaml"}
    assert set(step["env"]) == set(given)

    def gated() -> tuple[Path, subprocess.CompletedProcess[str]]:
        folder = tmp_path_factory.mktemp("job")
        (folder / "own.yaml").write_text(SLO)
        return folder, run(folder, ["bash", "-e", "-c", step["run"]], **given, GITHUB_ACTIONS="true")

    return unless_held_up(gated, lambda ended: ended[0])


def run(folder: Path, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    told = {
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**clean_environment(), **told, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_actions_gate_fails_its_job_and_leaves_its_answer_where_github_shows_it(
    job: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = job

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^::error title=preseason \w+%3A FAIL::", done.stdout, re.MULTILINE), done.stdout
    assert (folder / "summary.md").read_text().startswith("## ❌ FAIL")
    report = folder / (folder / "output").read_text().strip().removeprefix("report=")
    assert {path.name for path in report.glob("*.md")} == {"summary.md", "postmortem.md", "status-page.md"}


def test_a_summary_that_cannot_be_written_is_told_with_the_way_out(
    job: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = job

    judged = run(folder, ["preseason", "judge", "latest"], GITHUB_STEP_SUMMARY=str(folder / "no" / "where"))

    assert judged.returncode == 2
    assert "GITHUB_STEP_SUMMARY" in judged.stderr
    assert "Traceback" not in judged.stderr
