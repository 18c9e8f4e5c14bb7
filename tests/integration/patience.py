"""Waiting for what happens, instead of for a moment in which it may not have happened yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: Only what never happens takes so long.
PATIENCE_S = 60.0


def eventually(happened: Callable[[], T]) -> T:
    """The first true value that ``happened`` gives; fails loudly when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := happened()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return value
