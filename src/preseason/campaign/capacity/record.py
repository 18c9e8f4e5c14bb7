"""The record of a capacity search: every step that was made, written after each, so that it can go on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from preseason.errors import BadInputError, Problem
from preseason.planning.search.answer import Answer, MadeStep
from preseason.planning.search.next_step import Purpose, Settings, Step
from preseason.planning.search.steps import Measured
from preseason.run.durable import replace_file
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from pathlib import Path

FILE = "capacity.json"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepRecord(_Frozen):
    """One step: what was planned, how it was judged, and the run that it made, a folder beside the record.

    ``took_s`` is how long it took with all that belongs to it; ``recovered_s`` how long after an overload
    responses were good again, in the step that asks for that.
    """

    rate: float
    purpose: Purpose
    outcome: Decision
    generator_bound: bool
    binds: str
    run: str
    measured: Measured | None
    took_s: float = 0.0
    recovered_s: float | None = None

    def as_step(self) -> Step:
        return Step(
            self.rate,
            self.purpose,
            self.outcome,
            self.generator_bound,
            self.binds,
            self.took_s,
            self.recovered_s,
        )


class Pace(_Frozen):
    """How long steps last: ``settle_s`` seconds of each are warm-up; some are ``longer`` times as long.

    Before the lowest FAIL is made again, the target is left alone for ``cool_down_s``.
    """

    settle_s: float
    measure_s: float
    longer: float
    cool_down_s: float = 0.0


class CapacityRecord(_Frozen):
    """``capacity.json``: the question, and the steps made so far.

    ``limits`` are the cores that processes of the target might use, ``leagues`` how many the reference
    platform was seeded with, ``mix`` the weights of the scenarios.
    """

    version: Literal[1] = 1
    slo: str
    objectives: tuple[str, ...]
    target: str
    started_at: datetime
    settings: Settings
    pace: Pace
    limits: dict[str, float] = {}
    leagues: int | None = None
    build: str | None = None
    mix: dict[str, float] = {}
    steps: tuple[StepRecord, ...] = ()

    def answer(self, name: str) -> Answer:
        """What the search has found so far; ``name`` is its folder's."""
        return Answer(
            name=name,
            slo=self.slo,
            objectives=self.objectives,
            target=self.target,
            started_at_s=self.started_at.timestamp(),
            settings=self.settings,
            settle_s=self.pace.settle_s,
            measure_s=self.pace.measure_s,
            steps=tuple(MadeStep(step.as_step(), step.measured, step.run) for step in self.steps),
            build=self.build,
            leagues=self.leagues,
            mix=tuple(self.mix.items()),
        )

    def search_steps(self) -> tuple[Step, ...]:
        return tuple(step.as_step() for step in self.steps)


def write_record(folder: Path, record: CapacityRecord) -> Path:
    """Replace the record as a whole."""
    return replace_file(folder / FILE, record.model_dump_json(indent=2) + "\n")


def read_record(folder: Path) -> CapacityRecord:
    """The record in ``folder``; BadInputError where there is none, or none of ours."""
    path = folder / FILE
    try:
        return CapacityRecord.model_validate_json(path.read_bytes())
    except OSError:
        raise BadInputError(Problem("this folder holds no capacity search", str(path))) from None
    except ValidationError as error:
        cause = f"is no record this version reads: {error.errors()[0]['msg']}"
        raise BadInputError(Problem(cause, str(path))) from None
