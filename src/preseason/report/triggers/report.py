"""The trigger report: what was asked of which runs, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.triggers.backtest import Answer

if TYPE_CHECKING:
    from preseason.planning.triggers.backtest import BackTest, Rehearsed
    from preseason.planning.triggers.sweeps import Sweep


@dataclass(frozen=True)
class TriggerReport:
    """Triggers asked of runs, and where a lead was asked for, what else was tried of each.

    New instances serve ``scale_up_s`` after a trigger; the triggers' times were divided by ``time_scale``.
    """

    runs: tuple[Rehearsed, ...]
    sweeps: tuple[Sweep, ...]
    scale_up_s: float
    time_scale: float

    @property
    def answer(self) -> Answer:
        """The worst of all runs'."""
        return min((one.answer for one in self.runs), key=list(Answer).index)

    @property
    def scaled(self) -> str:
        """What every figure says that was made with compressed times; empty without."""
        return "" if self.time_scale == 1 else f" (times ÷ {self.time_scale:g})"

    @property
    def found(self) -> tuple[BackTest, ...]:
        return tuple(test for one in self.runs for test in one.found)
