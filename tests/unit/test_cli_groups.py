"""A group of options is declared once and asked by every command that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from preseason.cli.groups import with_groups

RateOption = Annotated[float, typer.Option(min=1.0)]


@dataclass(frozen=True)
class Wished:
    """A group of two."""

    rate: RateOption = 2.0
    names: Annotated[list[str] | None, typer.Option("--name")] = None


@with_groups
def command(*, wished: Wished, loud: bool = False) -> None:
    """Say what was wished."""
    typer.echo(f"{wished.rate:g} {wished.names} {loud}")


def said(*words: str) -> str:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    return CliRunner().invoke(app, words).output


def test_the_fields_of_a_group_are_options_with_their_defaults() -> None:
    assert said() == "2 None False\n"
    assert said("--rate", "3", "--name", "a", "--name", "b", "--loud") == "3 ['a', 'b'] True\n"


def test_the_limits_of_a_field_hold() -> None:
    assert "greater than or equal to 1" in said("--rate", "0.5")


def test_the_help_tells_of_the_command_and_not_of_the_group() -> None:
    told = said("--help")

    assert "Say what was wished." in told
    assert "--rate" in told
    assert "wished" not in told.replace("what was wished", "")
