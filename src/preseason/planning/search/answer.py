"""What a search has found so far, in one place: for the terminal, for the page, for a plan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from preseason.planning.plan.carried import carried
from preseason.planning.search.demand import bottleneck
from preseason.planning.search.next_step import next_step
from preseason.planning.search.resources import unmeasured
from preseason.planning.search.slo_capacity import capacity
from preseason.planning.search.steps import demands, landmarks, law_points, scalability
from preseason.slo.grammar import parse_objective
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from preseason.planning.plan.carried import Carried
    from preseason.planning.scalability.assessing import Scalability
    from preseason.planning.scalability.points import Points
    from preseason.planning.search.demand import Demand
    from preseason.planning.search.next_step import Settings, Step
    from preseason.planning.search.slo_capacity import SloCapacity
    from preseason.planning.search.steps import Landmarks, Measured


@dataclass(frozen=True, slots=True)
class MadeStep:
    """A step that was made: how it was judged, what was measured, and the run that holds both."""

    step: Step
    measured: Measured | None
    run: str


@dataclass(frozen=True)
class Answer:
    """A search: its question, its steps, and what follows from them.

    ``settle_s`` and ``measure_s`` are how long a step lasted, ``leagues`` how many the reference platform
    held. Rates are arrivals a second, throughputs successful requests a second.
    """

    name: str
    slo: str
    objectives: tuple[str, ...]
    target: str
    started_at_s: float
    settings: Settings
    settle_s: float
    measure_s: float
    steps: tuple[MadeStep, ...]
    build: str | None = None
    leagues: int | None = None
    mix: tuple[tuple[str, float], ...] = ()

    @cached_property
    def plain_steps(self) -> tuple[Step, ...]:
        return tuple(made.step for made in self.steps)

    @cached_property
    def measured(self) -> tuple[Measured, ...]:
        return tuple(made.measured for made in self.steps if made.measured is not None)

    @property
    def finished(self) -> bool:
        return next_step(self.settings, self.plain_steps) is None

    @cached_property
    def capacity(self) -> SloCapacity:
        return capacity(self.settings, self.plain_steps)

    @cached_property
    def landmarks(self) -> Landmarks:
        return landmarks(self.measured)

    @cached_property
    def points(self) -> Points:
        return law_points(self.measured)

    @cached_property
    def law(self) -> Scalability | None:
        return scalability(self.measured)

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        return demands(self.measured)

    @property
    def limit_ms(self) -> float | None:
        """The strictest latency that an objective limits; None where none does."""
        stated = (parse_objective(name) for name in self.objectives)
        return min((one.limit for one in stated if one.indicator.unit is Unit.MS), default=None)

    @property
    def bottleneck(self) -> Demand | None:
        """What is used up first, of what was sampled."""
        return bottleneck(self.demands)

    @property
    def unmeasured(self) -> tuple[tuple[str, str], ...]:
        """What was not sampled, and what would bring it."""
        return unmeasured({name for seen in self.measured for name in seen.uses})

    @property
    def carried(self) -> Carried | None:
        """What a plan may count on; None where no rate passed."""
        return carried(self.capacity, [(made.step, made.measured) for made in self.steps], self.leagues)

    def made_at(self, rate: float | None, *, succeeded: float | None = None) -> str:
        """The run behind a figure: the last step at ``rate``, or the one that brought a throughput."""
        for made in reversed(self.steps):
            seen = made.measured
            brought = succeeded is None or (seen is not None and seen.succeeded == succeeded)
            if made.step.rate == rate and brought:
                return made.run
        return ""
