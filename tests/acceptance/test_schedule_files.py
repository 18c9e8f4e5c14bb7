"""What users copy to have a soak every night: valid for its reader, and every command in it exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer.main

from preseason.cli.app import app

FILES = Path(__file__).parents[2] / "docs" / "howto" / "schedule"
PAGE = FILES.parent / "soak.md"
UNITS = ("preseason-soak.service", "preseason-soak.timer", "preseason-resume.service")


@pytest.mark.parametrize("file", sorted(path.name for path in FILES.iterdir()))
def test_every_command_option_and_variable_of_a_file_exists(file: str) -> None:
    commands, text = typer.main.get_command(app).commands, (FILES / file).read_text()
    for command, words in re.findall(r"\bpreseason (soak|resume) (?=-|latest)([^\n|>]*)", text):
        known = {name for option in commands[command].params for name in option.opts}
        assert set(re.findall(r"--[a-z-]+", words)) <= known
    options = [option for name in ("soak", "resume") for option in commands[name].params]
    variables = {name for option in options for name in np.atleast_1d(option.envvar or "").tolist()}
    assert set(re.findall(r"\b(PRESEASON_[A-Z]+):", text)) <= variables
    assert f"(schedule/{file})" in PAGE.read_text()


def test_the_workflow_keeps_to_its_schema() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    outcome = subprocess.run([*check, str(FILES / "soak.yml")], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_takes_the_units_and_starts_them_at_two(tmp_path: Path) -> None:
    for unit in UNITS:
        text = (FILES / unit).read_text().replace("/opt/preseason/bin/preseason", sys.executable)
        (tmp_path / unit).write_text(text)
    paths = [str(tmp_path / unit) for unit in UNITS]
    outcome = subprocess.run(
        ["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False
    )
    ours = [line for line in outcome.stderr.splitlines() if any(unit in line for unit in UNITS)]
    (calendar,) = re.findall(r"OnCalendar=(.*)", (FILES / "preseason-soak.timer").read_text())
    next_time = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=True
    )

    assert ours == []
    assert "02:00:00" in next_time.stdout


def test_cron_lines_have_a_time_and_run_in_a_shell() -> None:
    lines = [line for line in (FILES / "crontab").read_text().splitlines() if not line.startswith("#")]
    times = [re.match(r"(@reboot|(?:[\d*/,-]+ ){4}[\d*/,-]+) ", line) for line in lines]

    assert [time[1] for time in times if time] == ["0 2 * * *", "@reboot"]
    for line in lines:
        command = line.removeprefix("@reboot ").removeprefix("0 2 * * * ")
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
        assert "%" not in command  # cron would end the command there
