"""An autoscaled platform to be simulated: its load, its instances, and the triggers that add and take them.

::

    version: 1                      # optional
    name: sunday                    # optional, else the file's stem
    load: {model: open, stages: [{ramp: 10m, to: 120/s}, {hold: 20m}]}    # as in an SLO file
    limit: 500 ms                   # a request that takes longer is one too many
    platform:
      service: 100 ms               # the mean time that a server works on a request
      servers: 4                    # requests that an instance works on at once
      gives_up: 10s                 # optional: who has waited so long for a server leaves, an error
    instances:
      least: 2
      most: 10
      first: 2                      # optional, else `least`
      arrive_after: 90s             # from the order until it serves
      add: 1                        # optional: how many at a time, and likewise `remove`
      rest: 90s                     # optional: no second change before; else `arrive_after`
    scaling:                        # triggers, as in slo/scaling.yaml
      - cpu > 80 % lasting 1m
    scaling_down:                   # optional
      - cpu < 30 % lasting 5m
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import TypeAdapter, WithJsonSchema

from preseason.errors import BadInputError
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.checking import Parts
from preseason.slo.document import read_document
from preseason.slo.fields import NOT_EMPTY, Count, Length, Words, hint, read_as
from preseason.slo.model import Kind, LoadModel
from preseason.slo.quantities import MistakeError, duration_s
from preseason.slo.reading import no_files, read_load
from preseason.slo.schema import Keys, Version
from preseason.slo.text import read_text

if TYPE_CHECKING:
    from preseason.slo.alerts.model import AlertRule
    from preseason.slo.model import Load
    from preseason.slo.stages import ReadFile

_Delay = Annotated[float, read_as(duration_s), hint("string", "90s", "2m", "0s")]
_Sentences = Annotated[
    list[object], NOT_EMPTY, WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
_MOST_SERVERS, _MOST_REQUESTS = 100_000, 20_000_000
_SIMULATED = "triggers of a simulation are about cpu, mean or errors of all requests"


class SimulatedPlatform(Keys):
    """What an instance can do."""

    service: Length
    """The mean time that a server works on a request."""
    servers: Count
    """Requests that an instance works on at once."""
    gives_up: Length | None = None
    """Who has waited so long for a server leaves, an error; nobody does where left out."""


class SimulatedInstances(Keys):
    """How many instances there may be, and how fast they come."""

    least: Count
    """The fewest instances."""
    most: Count
    """The most instances, those that are coming included."""
    first: Count | None = None
    """Instances at the start of the load; the least where left out."""
    arrive_after: _Delay
    """From the order of an instance until it serves."""
    add: Count = 1
    """How many are ordered at a time."""
    remove: Count = 1
    """How many are taken away at a time."""
    rest: _Delay | None = None
    """After a change there is no other for so long; as long as an instance takes to come where left out."""


class AutoscalingKeys(Keys):
    """The keys of the file; ``load`` and the triggers are checked on their own."""

    version: Version = "1"
    """The version of this language."""
    name: Words | None = None
    """What reports call it; the file's stem where left out."""
    load: object
    """The traffic: an open load, of which every arrival is a request."""
    limit: Length
    """A request that takes longer is one too many."""
    platform: SimulatedPlatform
    """What an instance can do."""
    instances: SimulatedInstances
    """How many instances there may be, and how fast they come."""
    scaling: _Sentences
    """Triggers that add instances."""
    scaling_down: _Sentences | None = None
    """Triggers that take instances away."""


_FILE: TypeAdapter[AutoscalingKeys] = TypeAdapter(AutoscalingKeys)


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """What is simulated. An instance is ``servers`` servers, each ``service_s`` on average with a request.

    ``arrive_after_s`` is from the order of an instance until it serves; after a change there is none for
    ``rest_s``. Who waits ``gives_up_s`` for a server leaves (None: nobody does). ``load`` is open, its
    arrivals are requests.
    """

    name: str
    load: Load
    limit_s: float
    service_s: float
    servers: int
    gives_up_s: float | None
    least: int
    most: int
    first: int
    arrive_after_s: float
    rest_s: float
    add: int
    remove: int
    up: tuple[AlertRule, ...]
    down: tuple[AlertRule, ...]


def read_autoscaling(path: Path) -> Autoscaling:
    """Read such a file; files of rates it names are looked for beside it. BadInputError with all mistakes."""

    def beside(name: str) -> str:
        return (path.parent / name).read_text(encoding="utf-8")

    return parse_autoscaling(read_text(path), str(path), read_file=beside)


def parse_autoscaling(text: str, source: str, *, read_file: ReadFile = no_files) -> Autoscaling:
    """What such a file says; BadInputError with every mistake at once, each at its line and column."""
    parts = Parts(read_document(text, source), None)
    read = parts.checked(_FILE, parts.document.values, ())
    load = read_load(parts, read_file)
    if load is not None and load.model is not LoadModel.OPEN:
        parts.add(MistakeError("a simulation takes an open load", "write model: open"), ("load", "model"))
    up, down = (_rules(parts, key) for key in ("scaling", "scaling_down"))
    if read is not None:
        _check(parts, read.instances)
        _check_size(parts, read, load)
    if parts.problems or read is None or load is None:
        raise BadInputError(parts.in_order())
    of, platform = read.instances, read.platform
    return Autoscaling(
        name=read.name or Path(source).stem,
        load=load,
        limit_s=read.limit,
        service_s=platform.service,
        servers=platform.servers,
        gives_up_s=platform.gives_up,
        least=of.least,
        most=of.most,
        first=of.first or of.least,
        arrive_after_s=of.arrive_after,
        rest_s=of.arrive_after if of.rest is None else of.rest,
        add=of.add,
        remove=of.remove,
        up=up,
        down=down,
    )


def is_autoscaling(text: str) -> bool:
    """Whether a text is meant as a platform to be simulated: it has one, and instances."""
    try:
        written = read_document(text, "").values
    except BadInputError:
        return False
    return isinstance(written, dict) and {"platform", "instances"} <= set(written)


def _check(parts: Parts, instances: SimulatedInstances) -> None:
    if instances.most < instances.least:
        mistake = MistakeError("the most are fewer than the least", f"write at least {instances.least}")
        parts.add(mistake, ("instances", "most"))
    elif instances.first is not None and not instances.least <= instances.first <= instances.most:
        remedy = f"write a number from {instances.least} to {instances.most}"
        parts.add(MistakeError("it cannot begin with so many", remedy), ("instances", "first"))


def _check_size(parts: Parts, read: AutoscalingKeys, load: Load | None) -> None:
    """A simulation goes through every request, and holds every server."""
    if read.instances.most * read.platform.servers > _MOST_SERVERS:
        mistake = MistakeError("these are too many servers to simulate", f"{_MOST_SERVERS} at most in all")
        parts.add(mistake, ("instances", "most"))
    expected = (
        sum((one.begin + one.end) / 2 * (one.end_s - one.start_s) for one in load.stages) if load else 0
    )
    if expected > _MOST_REQUESTS:
        cause = f"{expected:.2g} requests are too many to simulate"
        parts.add(MistakeError(cause, f"{_MOST_REQUESTS} at most: take a shorter load"), ("load",))


def _rules(parts: Parts, key: str) -> tuple[AlertRule, ...]:
    written = parts.top.get(key)
    found = []
    for index, value in enumerate(written if isinstance(written, list) else []):
        try:
            rule = _rule(value, down=key == "scaling_down")
        except MistakeError as mistake:
            parts.add(mistake, (key, index))
            continue
        found.append(replace(rule, place=parts.document.place((key, index))))
    return tuple(found)


def _rule(written: object, *, down: bool) -> AlertRule:
    if not isinstance(written, str):
        raise MistakeError("expected a sentence", "as in: cpu > 80 % lasting 1m")
    rule = parse_alert(written, AlertLevel.SCALING)
    of_cpu = (rule.indicator.source, rule.indicator.metric) == ("host", "cpu")
    known = of_cpu or rule.indicator.kind in {Kind.LATENCY_MEAN, Kind.ERRORS}
    if not known or rule.endpoint or rule.scenario:
        raise MistakeError(f"{rule.indicator.text} is not simulated as asked", _SIMULATED)
    if down and (not of_cpu or rule.fires_above):
        raise MistakeError("instances are taken away by a low cpu", "as in: cpu < 30 % lasting 5m")
    if not down and not rule.fires_above:
        raise MistakeError("instances are added above a limit", "as in: cpu > 80 % lasting 1m")
    return rule
