"""Soaks of the reference platform, for real: hours, so that ``make soak`` runs them and CI does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from preseason.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = [
    pytest.mark.timeout(3 * 3600),
    pytest.mark.skipif("PRESEASON_SOAK" not in os.environ, reason="it takes an hour and a half: make soak"),
]


def soak(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code of a soak and its verdict."""
    command: Sequence[str] = [sys.executable, "-m", "preseason.cli", "soak", "--out", str(folder), *options]
    exit_code = subprocess.run(command, check=False).returncode
    (answer,) = folder.glob("*/verdict.json")
    return exit_code, json.loads(answer.read_text())


def told(verdict: dict[str, Any]) -> str:
    """Everything that a missed objective or a drift says."""
    missed = [one["name"] + one["reason"] for one in verdict["objectives"] if one["outcome"] == "FAIL"]
    return " ".join([*missed, *(drift["figure"] for drift in verdict["endurance"]["drifts"])])


def test_a_leak_of_memory_fails_and_is_named(tmp_path: Path) -> None:
    exit_code, verdict = soak(tmp_path, "--duration", "15m", "--fault", "memory-leak")

    assert exit_code == ExitCode.FAILED
    assert "memory of platform" in told(verdict)


def test_a_leak_of_connections_fails_and_is_named(tmp_path: Path) -> None:
    exit_code, verdict = soak(tmp_path, "--duration", "15m", "--fault", "connection-leak")

    assert exit_code == ExitCode.FAILED
    assert "connections" in told(verdict)


def test_an_hour_of_a_healthy_platform_passes(tmp_path: Path) -> None:
    exit_code, verdict = soak(tmp_path, "--duration", "1h")

    assert exit_code == ExitCode.PASS, verdict["sentence"]
    assert not [drift for drift in verdict["endurance"]["drifts"] if drift["fails"]]
