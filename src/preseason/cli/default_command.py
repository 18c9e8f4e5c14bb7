"""A group of commands of which one needs no name: ``preseason triggers RUN`` is ``triggers backtest RUN``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class DefaultCommandGroup(TyperGroup):
    """Takes the first of its commands where the first word names none of them."""

    @property
    def default(self) -> str:
        """The name of the command that needs none."""
        return next(iter(self.commands))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's, or typer's copy of it
        """Puts the name of the default in front of what can only be meant for it."""
        asks_about_group = args[:1] in (["--help"], ["--install-completion"], ["--show-completion"])
        if not asks_about_group and (not args or args[0] not in self.commands):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
