"""Mistakes in several options, told together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperCommand

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.models import CommandFunctionType

T = TypeVar("T")
U = TypeVar("U")


class Mistakes:
    """Collects what is wrong with options that are read one by one."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def of(self, read: Callable[[], T], instead: U) -> T | U:
        """What ``read`` returns, or ``instead`` until :meth:`refuse`, where it raises BadInputError."""
        try:
            return read()
        except BadInputError as error:
            self._problems += error.problems
            return instead

    def refuse(self) -> None:
        """BadInputError with everything that was found; nothing where nothing was."""
        if self._problems:
            raise BadInputError(self._problems)


class Commands(typer.Typer):
    """Commands that tell of all options that are no value of their kind, where typer tells of the first."""

    def command(  # typer's settings are many
        self,
        name: str | None = None,
        **settings: Any,  # noqa: ANN401
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Register a command, as :meth:`typer.Typer.command` does."""
        return super().command(name, **{"cls": _Command, **settings})


class _Command(TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's, or typer's copy of it
        given = list(args)  # parsing uses them up
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter:
            raise BadInputError(list(self._problems(ctx, given))) from None

    def _problems(self, ctx: Any, args: list[str]) -> Iterator[Problem]:  # noqa: ANN401
        values, _, _ = self.make_parser(ctx).parse_args(args=args)
        for parameter in self.get_params(ctx):
            try:
                parameter.process_value(ctx, parameter.consume_value(ctx, values)[0])
            except typer.BadParameter as error:
                place = max(parameter.opts, key=len)
                yield Problem(_cause(error), place, f"see {ctx.command_path} --help")


def _cause(error: typer.BadParameter) -> str:
    """In our words: typer shows those of pydantic, where it has a value checked by it."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return error.message or "is missing"
    wrong = error.__cause__.errors()[0]
    match wrong["type"]:
        case "greater_than_equal":
            return f"must be {wrong['ctx']['ge']:g} or more, not {wrong['input']}"
        case "less_than_equal":
            return f"must be {wrong['ctx']['le']:g} or less, not {wrong['input']}"
        case "int_parsing" | "int_from_float":
            return f"{wrong['input']!r} is no whole number"
        case "float_parsing":
            return f"{wrong['input']!r} is no number"
        case _:
            return error.message.removeprefix("Value error, ").removesuffix(".")
