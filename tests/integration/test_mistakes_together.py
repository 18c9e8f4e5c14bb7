"""Every mistake is told at once, a misspelled SLO file among the others."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def refused(words: str, folder: Path) -> str:
    """What a command line says that is refused."""
    ended = subprocess.run(
        [sys.executable, "-m", "preseason.cli", *words.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    return ended.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "gate --slo relaese --fault nonsense --cache-header X:",
            ["relaese: there is no such SLO file", "no fault 'nonsense'", "--cache-header"],
        ),
        (
            "check --watch 0s --every 1ms --limit answer=1",
            ["a check asks a dozen endpoints", "answer"],
        ),
        ("soak --slo nightli --rest soon", ["nightli: there is no such SLO file", "--rest soon"]),
        (
            "judge nowhere --slo relaese --alerts none.yaml",
            ["nowhere: no such run", "relaese: there is no such SLO file", "none.yaml: cannot be read"],
        ),
        (
            "compare nowhere elsewhere --margin wide",
            ["nowhere: no such run", "elsewhere: no such run", "--margin: 'wide'"],
        ),
    ],
)
def test_a_mistake_hides_no_other(tmp_path: Path, words: str, told: list[str]) -> None:
    said = refused(words, tmp_path)
    assert [words for words in told if words not in said] == []


def test_what_only_follows_from_a_mistake_is_not_told(tmp_path: Path) -> None:
    said = refused("gate --slo relaese --prometheus http://127.0.0.1:1 --fault nonsense", tmp_path)
    assert "no fault 'nonsense'" in said
    assert "--prometheus" not in said
