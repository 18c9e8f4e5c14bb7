"""The shape of an SLO file, version 1: which keys stand where.

::

    version: 1                      # optional
    name: release                   # optional, else the file's stem
    confidence: 95 %                # optional; of each objective's bound, one-sided
    load:                           # the traffic under which the objectives are promised
      model: open                   # journeys arrive whatever the target does
      spacing: poisson              # or uniform
      stages:                       # or, for one constant stage: {rate: 50/s, duration: 60s}
        - {ramp: 30s, to: 200/s}                          # from the level before, or `from`
        - {hold: 60s, rate: 200/s}                        # rate: optional after another stage
        - {step: 30s, by: 50/s, times: 4}                 # four holds, each 50/s above the one before
        - {spike: 20s, to: 800/s}                         # up in 10 s and back in 10 s
        - {replay: rates.csv}                             # header: second,rate
      warmup: auto                  # or a length; found from the data where not given
      mix: {league_read: 60, lineup: 20}                  # weights; without it, all scenarios alike
      max_in_flight: 500            # optional: journeys at work at once
      seed: 7                       # optional
    # load: {model: closed, users: 10, duration: 30s}     # or stages with `users` in place of `rate`
    objectives:
      - p95 < 200 ms                # grammar: see ``preseason.slo.grammar``
      - objective: p95 < 200 ms
        for: POST /api/teams/lineup # optional, as are all below
        over: 1m
        confidence: 99 %
        severity: P1                # P0-P3 as in the operations manual
        required: false             # advisory: reported, never decides the run
        weight: 2
        waived: {owner: ann, reason: index is being built, until: 2027-01-01}

These models check and convert single values; what follows from several together (stages that join,
objectives that repeat) is settled in ``stages`` and ``reading``.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotation of the validator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationInfo, field_validator

from preseason.slo.fields import (
    NOT_EMPTY,
    AnyLevel,
    BusyLevel,
    Confidence,
    Count,
    Day,
    Flag,
    Length,
    LevelChange,
    Narrowing,
    Seed,
    Sentence,
    Warmup,
    Weight,
    Window,
    Words,
    one_of,
)
from preseason.slo.quantities import MistakeError


class Keys(BaseModel):
    """A mapping with these keys and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Hold(Keys):
    """A constant load; without a level, the one reached before."""

    hold: Length
    rate: BusyLevel | None = None
    users: BusyLevel | None = None


class Ramp(Keys):
    """A straight line from the level before (or ``from``) to another."""

    ramp: Length
    to: AnyLevel
    begin: AnyLevel | None = Field(default=None, alias="from")


class Step(Keys):
    """A staircase: ``times`` constant parts of this length, each ``by`` above the one before."""

    step: Length
    by: LevelChange
    times: Count
    begin: AnyLevel | None = Field(default=None, alias="from")


class Spike(Keys):
    """Up to a level in half the time, and back in the other half."""

    spike: Length
    to: BusyLevel


class Replay(Keys):
    """Levels from a CSV file beside this one, with the header ``second,rate`` or ``second,users``."""

    replay: Words


STAGES: dict[str, type[Keys]] = {
    "hold": Hold,
    "ramp": Ramp,
    "step": Step,
    "spike": Spike,
    "replay": Replay,
}


def _stage_tag(value: object) -> str | None:
    written = value if isinstance(value, dict) else {}
    return next((f"{kind} stage" for kind in STAGES if kind in written), None)


AnyStage = Annotated[
    Annotated[Hold, Tag("hold stage")]
    | Annotated[Ramp, Tag("ramp stage")]
    | Annotated[Step, Tag("step stage")]
    | Annotated[Spike, Tag("spike stage")]
    | Annotated[Replay, Tag("replay stage")],
    Discriminator(_stage_tag),
]


class _AnyLoad(Keys):
    stages: Annotated[tuple[AnyStage, ...], NOT_EMPTY] | None = None
    duration: Length | None = None
    warmup: Warmup = None
    mix: Annotated[dict[str, Weight], NOT_EMPTY] | None = None
    seed: Seed = 1


class OpenLoad(_AnyLoad):
    """Arrivals on a clock."""

    model: Literal["open"]
    spacing: Annotated[str, one_of("uniform", "poisson")] = "poisson"
    rate: BusyLevel | None = None
    max_in_flight: Count | None = None


class ClosedLoad(_AnyLoad):
    """So many users, each of whom waits for its answers."""

    model: Literal["closed"]
    users: BusyLevel | None = None


def _load_tag(value: object) -> str | None:
    model = value.get("model") if isinstance(value, dict) else None
    return f"{model} load" if isinstance(model, str) and model in {"open", "closed"} else None


AnyLoad = Annotated[
    Annotated[OpenLoad, Tag("open load")] | Annotated[ClosedLoad, Tag("closed load")],
    Discriminator(_load_tag),
]


class Waived(Keys):
    """Who lets an objective go, why, and until when."""

    owner: Words
    reason: Words
    until: Day

    @field_validator("until")
    @classmethod
    def _not_expired(cls, until: date, info: ValidationInfo) -> date:
        today: date | None = (info.context or {}).get("today")
        if today is not None and until < today:
            raise MistakeError(f"this waiver expired on {until}", "meet the objective, or decide on it anew")
        return until


class LongObjective(Keys):
    """An objective with everything that can be said about it."""

    objective: Sentence
    scope: Narrowing | None = Field(default=None, alias="for")
    over: Window | None = None
    confidence: Confidence | None = None
    severity: Annotated[str, one_of("P0", "P1", "P2", "P3")] = "P2"
    required: Flag = True
    weight: Weight = 1.0
    waived: Waived | None = None


class Header(Keys):
    """The keys of the file itself; ``load`` and ``objectives`` are checked on their own."""

    version: Annotated[str, one_of("1")] = "1"
    name: Words | None = None
    confidence: Confidence = 0.95
    load: object
    objectives: Annotated[list[object], NOT_EMPTY]


class AlertFile(Keys):
    """An alert policy: sentences by who is told; each is read on its own."""

    version: Annotated[str, one_of("1")] = "1"
    name: Words | None = None
    critical: Annotated[list[object], NOT_EMPTY] | None = None
    warning: Annotated[list[object], NOT_EMPTY] | None = None
    scaling: Annotated[list[object], NOT_EMPTY] | None = None


#: The models that a tag or a key in a pydantic location stands for, to say which keys were allowed.
BY_LOCATION: dict[str | int, type[Keys]] = {
    **{f"{kind} stage": model for kind, model in STAGES.items()},
    "open load": OpenLoad,
    "closed load": ClosedLoad,
    "waived": Waived,
}
