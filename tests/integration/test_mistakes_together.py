"""Every mistake is told at once, a misspelled SLO file among the others."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from preseason.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[str], str]]:
    """What a command line says that is refused, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def said(words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["preseason", *words.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        return capsys.readouterr().err

    kept = signal.getsignal(signal.SIGTERM)
    yield said
    signal.signal(signal.SIGTERM, kept)


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
def test_a_mistake_hides_no_other(refused: Callable[[str], str], words: str, told: list[str]) -> None:
    said = refused(words)
    assert [words for words in told if words not in said] == []


def test_what_only_follows_from_a_mistake_is_not_told(refused: Callable[[str], str]) -> None:
    said = refused("gate --slo relaese --prometheus http://127.0.0.1:1 --fault nonsense")
    assert "no fault 'nonsense'" in said
    assert "--prometheus" not in said
