"""Which of many failures may be claimed (Holm, Scandinavian Journal of Statistics 6, 1979).

The clearest of ``m`` tests is claimed at a confidence of 1 - alpha / m, the next at 1 - alpha / (m - 1),
until one does not hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def too_weak(
    failed: Sequence[int], tests: int, fails_at: Callable[[int, int], bool]
) -> tuple[tuple[int, ...], int]:
    """Those of the ``failed`` among so many ``tests`` that may not be claimed, and at which divisor not.

    ``fails_at(place, divisor)`` says whether a test still fails at a confidence of 1 - alpha / divisor; at a
    divisor of 1, all of ``failed`` do.
    """
    left, divisor = tuple(failed), tests
    while left and divisor > 1:
        weak = tuple(place for place in left if not fails_at(place, divisor))
        if weak == left:
            return weak, divisor
        divisor -= len(left) - len(weak)
        left = weak
    return (), divisor


def surer(confidence: float, divisor: int) -> float:
    """The confidence at which one of ``divisor`` tests is claimed."""
    return 1 - (1 - confidence) / divisor
