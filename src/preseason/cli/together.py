"""Mistakes in several options, told together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from preseason.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from preseason.errors import Problem

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
