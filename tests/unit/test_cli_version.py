from __future__ import annotations

import sys
from importlib.metadata import version

import pytest

from preseason.cli import main


@pytest.mark.parametrize("word", ["version", "--version"])
def test_the_version_is_told_as_a_command_and_as_an_option(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["preseason", word])
    with pytest.raises(SystemExit) as ended:
        main()

    assert (ended.value.code, capsys.readouterr().out) == (0, f"{version('preseason')}\n")
