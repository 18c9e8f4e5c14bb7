"""Every mistake is told at once, a misspelled SLO file among the others."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "gate --slo relaese --fault nonsense --cache-header X:",
            ["relaese: there is no such SLO file", "no fault 'nonsense'", "--cache-header"],
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
    ended = subprocess.run(
        [sys.executable, "-m", "preseason.cli", *words.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert [words for words in told if words not in ended.stderr] == []
