"""What is wrong with the options of a command is told together, and in words of ours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from preseason.cli import main
from preseason.cli.app import app
from preseason.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    return Refused(monkeypatch, capsys)


class Refused:
    """What a command line says that is refused before anything is looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *words: str) -> str:
        self._monkeypatch.setattr(sys, "argv", ["preseason", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == ExitCode.BAD_INPUT
        return self._capsys.readouterr().err


def test_all_options_that_are_no_value_of_their_kind_are_told_together(refused: Refused) -> None:
    said = refused("gate", "--leagues", "0", "--until", "then", "--seed", "1.5")

    assert "--leagues: must be 1 or more, not 0" in said
    assert "--until: 'then' is not one of 'decided'" in said
    assert "--seed: '1.5' is no whole number" in said
    assert "see preseason gate --help" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "--format", "xml"], "--format: 'xml' is not one of 'html', 'markdown'"),
        (["check", "--skip", "nothing"], "--skip: 'nothing' is not one of 'health'"),
        (["trend", "--p", "2"], "--p: must be 1 or less, not 2"),
        (["capacity", "run", "--share", "nan"], "--share: must be 1 or less, not nan"),
        (["capacity", "run", "--start", "much"], "--start: 'much' is no number"),
        (["compare"], "before: is missing"),
    ],
)
def test_what_is_refused_is_said_without_the_words_of_a_library(
    refused: Refused, words: list[str], said: str
) -> None:
    told = refused(*words)
    assert said in told
    assert "Value error" not in told
    assert "Input should" not in told


def commands_of(group: TyperGroup) -> Iterator[TyperCommand]:
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            yield from commands_of(command)
        else:
            yield command


def test_every_command_does_so() -> None:
    every = list(commands_of(get_command(app)))

    assert len(every) > 20
    assert all(type(command) is not TyperCommand for command in every)
