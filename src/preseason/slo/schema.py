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
    prometheus:                     # optional; the address may be given by --prometheus instead
      url: http://prometheus:9090
      queries: {db_cpu: '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[1m]))'}
    objectives:
      - prometheus.db_cpu < 80 %
      - p95 < 200 ms                # grammar: see ``preseason.slo.grammar``
      - objective: p95 < 200 ms
        for: POST /api/teams/lineup # optional, as are all below
        over: 1m
        confidence: 99 %
        severity: P1                # P0-P3 as in the operations manual
        required: true              # false is advisory: reported, never decides the run
        guardrail: true             # looked at while the load lasts; ends the run as soon as it fails
        weight: 2
        waived: {owner: ann, reason: index is being built, until: 2027-01-01}

These models check and convert single values; what follows from several together (stages that join,
objectives that repeat) is settled in ``stages`` and ``reading``.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotation of the validator
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

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
    PlainAddress,
    QueryName,
    Seed,
    Sentence,
    Warmup,
    Weight,
    Window,
    Words,
    one_of,
)
from preseason.slo.quantities import MistakeError

Version = Annotated[str, one_of("1"), WithJsonSchema({"enum": [1, "1"]})]
Spacing = Annotated[str, one_of("uniform", "poisson"), WithJsonSchema({"enum": ["uniform", "poisson"]})]
Severity = Annotated[str, one_of("P0", "P1", "P2", "P3"), WithJsonSchema({"enum": ["P0", "P1", "P2", "P3"]})]


class Keys(BaseModel):
    """A mapping with these keys and no others."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True
    )


class Hold(Keys):
    """A constant load; without a level, the one reached before."""

    hold: Length
    """How long the load stays constant."""
    rate: BusyLevel | None = None
    """Arrivals, of an open load; the level before where left out."""
    users: BusyLevel | None = None
    """Users at work, of a closed load; the level before where left out."""


class Ramp(Keys):
    """A straight line from the level before (or ``from``) to another."""

    ramp: Length
    """How long the level takes to get there."""
    to: AnyLevel
    """The level at the end: a rate (open) or a number of users (closed)."""
    begin: AnyLevel | None = Field(default=None, alias="from")
    """The level at the beginning; the one before where left out."""


class Step(Keys):
    """A staircase: ``times`` constant parts of this length, each ``by`` above the one before."""

    step: Length
    """How long each step lasts."""
    by: LevelChange
    """How much each step is above the one before; may be negative."""
    times: Count
    """How many steps there are."""
    begin: AnyLevel | None = Field(default=None, alias="from")
    """The level that the first step adds to; the one before where left out."""


class Spike(Keys):
    """Up to a level in half the time, and back in the other half."""

    spike: Length
    """How long it takes to go up and to come back."""
    to: BusyLevel
    """The level at the top."""


class Replay(Keys):
    """Levels from a CSV file beside this one, with the header ``second,rate`` or ``second,users``."""

    replay: Words
    """The name of the CSV file."""


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
    """What the load does, one stage after the other."""
    duration: Length | None = None
    """How long one constant stage lasts, its warm-up included; not beside stages."""
    warmup: Warmup = None
    """What is not judged, from the start of the load; found from the data where left out."""
    mix: Annotated[dict[str, Weight], NOT_EMPTY] | None = None
    """How often each scenario (or Locust user class) is run, as weights."""
    seed: Seed = 1
    """The same seed gives the same arrivals."""


class OpenLoad(_AnyLoad):
    """Arrivals on a clock."""

    model: Literal["open"]
    """Journeys arrive whatever the target does."""
    spacing: Spacing = "poisson"
    """How arrivals are spaced at a given rate."""
    rate: BusyLevel | None = None
    """Arrivals of one constant stage; not beside stages."""
    max_in_flight: Count | None = None
    """The most journeys at work at once; follows from the rate where left out."""


class ClosedLoad(_AnyLoad):
    """So many users, each of whom waits for its answers."""

    model: Literal["closed"]
    """So many users, each of whom waits for its answers."""
    users: BusyLevel | None = None
    """Users of one constant stage; not beside stages."""


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
    """Who answers for it."""
    reason: Words
    """Why it need not hold for now."""
    until: Day
    """The last day on which it need not."""

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
    """The sentence: indicator, comparison, limit."""
    scope: Narrowing | None = Field(default=None, alias="for")
    """The endpoint or the scenario it is about; all traffic where left out."""
    over: Window | None = None
    """Asked of every whole window of this length; of all that is judged at once where left out."""
    confidence: Confidence | None = None
    """Of each end of the interval; the file's where left out."""
    severity: Severity = "P2"
    """The operations manual's class of an incident in which it is missed: P0 is answered within 15 minutes, \
P1 within an hour, P2 within 4 hours, P3 within a day."""
    required: Flag = True
    """Whether it decides the run; an advisory one (false) is only reported."""
    weight: Weight = 1.0
    """Reported, for whoever makes a score; changes no outcome."""
    guardrail: Flag = False
    """Whether it is looked at while the load lasts, and ends the run as soon as it fails."""
    waived: Waived | None = None
    """Measured and reported as WAIVED, never as PASS, until a day."""


class Prometheus(Keys):
    """What is asked of a Prometheus while the load runs."""

    queries: Annotated[dict[QueryName, Words], NOT_EMPTY]
    """PromQL by name; the query ``db_cpu`` is measured as ``prometheus.db_cpu``."""
    url: PlainAddress | None = None
    """Where it is, without credentials; ``--prometheus`` outweighs it."""


class Header(Keys):
    """The keys of the file itself; ``load`` and ``objectives`` are checked on their own."""

    version: Version = "1"
    """The version of this language."""
    name: Words | None = None
    """What reports call it; the file's stem where left out."""
    confidence: Confidence = 0.95
    """How sure each end of an interval must be, of every objective that says nothing else."""
    load: object
    """The traffic under which the objectives are promised."""
    objectives: Annotated[list[object], NOT_EMPTY]
    """What is promised."""
    prometheus: object = None
    """Measurements of your own, for objectives about ``prometheus.NAME``."""
    capacity: object = None
    """What is planned to be carried, for ``preseason capacity plan``."""


class AlertFile(Keys):
    """An alert policy: sentences by who is told; each is read on its own."""

    version: Version = "1"
    """The version of this language."""
    name: Words | None = None
    """What it is called; the file's stem where left out."""
    critical: Annotated[list[object], NOT_EMPTY] | None = None
    """Alerts that wake somebody."""
    warning: Annotated[list[object], NOT_EMPTY] | None = None
    """Alerts that somebody looks at tomorrow."""
    scaling: Annotated[list[object], NOT_EMPTY] | None = None
    """Triggers that add instances."""


#: The models that a tag or a key in a pydantic location stands for, to say which keys were allowed.
BY_LOCATION: dict[str | int, type[Keys]] = {
    **{f"{kind} stage": model for kind, model in STAGES.items()},
    "open load": OpenLoad,
    "closed load": ClosedLoad,
    "waived": Waived,
    "prometheus": Prometheus,
}
