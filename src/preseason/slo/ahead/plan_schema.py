"""The shape of a capacity plan: the section ``capacity`` of a YAML file, alone in it or beside objectives.

::

    version: 1                      # optional
    capacity:
      from: 2027-07-05              # the week in which the figures below hold
      weeks: 26                     # how far ahead; 26 where left out
      users: 20000                  # who plays
      leagues: 1700
      requests_per_user: 20/h       # in the busiest hour, over all users
      burst: 1.3                    # the busiest minute over the mean of that hour; 1 where left out
      growth_per_week: 2 %
      growth_per_week_high: 4 %     # optional: how fast it may grow, for the early bound
      # weekly_peaks: peaks.csv     # or: header week,peak; a day and requests/s, eight weeks or more
      launches:
        - {name: draft week, from: 2027-08-23, until: 2027-08-29, factor: 4}
        - {name: Sunday kickoff, from: 2027-09-05, until: 2028-01-09, factor: 2.5}
      instances:
        tested: 1                   # how many carried what was measured
        running: 3                  # how many run today
        spare: 1                    # N+k: so many may be down
        utilisation: 70 %           # of what they carry, at most
        connections: 20             # to the database, of each; as measured where left out
        shapes:                     # the first is the one that was tested
          - {name: 1 vCPU}
          - {name: 2 vCPU, capacity: 1.9}          # carries 1.9 times as much
      database: {connections: 200}  # optional: how many there may be; as measured where left out
      redis: {memory: 512 MiB, tested_leagues: 20}
      mean_load: 30 %               # of the peak, over a month: what a month costs depends on it
      prices:                       # yours; none is built in
        currency: USD
        items:
          - {name: web, for: 1 vCPU, price: 0.04, per: instance-hour, source: the contract, date: 2027-06-01}
          - {name: database, price: 95, per: month, source: the provider's list, date: 2027-06-01}
          - {name: egress, price: 0.09, per: GB, source: the provider's list, date: 2027-06-01}

A week begins with the day of ``from``. Where several launches fall into one, the largest factor counts: they
are peaks of different days.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from preseason.slo.fields import NOT_EMPTY, Count, Day, Words, hint, one_of, read_as
from preseason.slo.model import Unit
from preseason.slo.quantities import MistakeError, quantity, share
from preseason.slo.schema import Keys, Version

#: What a price may be for: an hour or month, or so much use.
PER = (
    "hour",
    "month",
    "instance-hour",
    "instance-month",
    "1000 requests",
    "million requests",
    "GB",
    "GB-second",
)
_FASTEST_GROWTH = 1.0
_MOST_DIGITS = 9
_LARGEST = 1e12


def _positive(text: str) -> float:
    value = quantity(text.strip().removesuffix("x"), Unit.COUNT)
    if 0 < value < _LARGEST:
        return value
    raise MistakeError(f"'{text}' must be above 0", "write it like 1.5")


def _rate(text: str) -> float:
    value = quantity(text, Unit.PER_SECOND)
    if 0 < value < _LARGEST:
        return value
    raise MistakeError("a rate must be above 0", "write it like 20/h, 1/min or 0.01/s")


def _growth(text: str) -> float:
    value = share(text)
    if abs(value) < _FASTEST_GROWTH:
        return value
    raise MistakeError(f"'{text}' a week is no growth that lasts", "write it like 2 %")


def _part(text: str) -> float:
    value = share(text)
    if 0 < value <= 1:
        return value
    raise MistakeError(f"'{text}' is not a part", "write it like 70 %")


def _size(text: str) -> float:
    value = quantity(text, Unit.BYTES)
    if value > 0:
        return value
    raise MistakeError("a size must be above 0", "write it like 512 MiB")


def _price(text: str) -> float:
    value = quantity(text, Unit.COUNT)
    if 0 <= value < _LARGEST:
        return value
    raise MistakeError(f"'{text}' is no price", "write a plain number, as in 0.04")


def _none_or_more(text: str) -> int:
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
        return int(digits)
    raise MistakeError(f"'{text}' is not a whole number", "write it like 1")


Positive = Annotated[float, read_as(_positive), hint(["string", "number"], 4, 1.5)]
Rate = Annotated[float, read_as(_rate), hint("string", "20/h", "1/min")]
Growth = Annotated[float, read_as(_growth), hint(["string", "number"], "2 %", "-1 %")]
Part = Annotated[float, read_as(_part), hint(["string", "number"], "70 %", 0.7)]
Size = Annotated[float, read_as(_size), hint("string", "512 MiB", "2 GiB")]
Amount = Annotated[float, read_as(_price), hint(["string", "number"], 0.04, 95)]
NoneOrMore = Annotated[int, read_as(_none_or_more), hint(["string", "integer"], 0, 1)]
Per = Annotated[str, one_of(*PER), WithJsonSchema({"enum": list(PER)})]


class Launch(Keys):
    """A time in which demand is a multiple of what growth alone would make it."""

    name: Words
    """What happens, as in draft week."""
    begin: Day = Field(alias="from")
    """The first day."""
    until: Day | None = None
    """The last day; the first where left out."""
    factor: Positive
    """How many times as much is asked for."""


class Shape(Keys):
    """A kind of instance."""

    name: Words
    """What it is called, as in 2 vCPU."""
    capacity: Positive = 1.0
    """How many times as much it carries as the shape that was tested; measured or promised, not guessed."""


class Instances(Keys):
    """How many carry the load, and of what shape; the first shape is the one that was tested."""

    tested: Count = 1
    """How many carried what was measured."""
    running: Count = 1
    """How many run today, of the first shape."""
    spare: NoneOrMore = 0
    """How many may be down (N+k)."""
    utilisation: Part
    """How much of what they carry is planned to be used, at most."""
    connections: Count | None = None
    """Connections that each keeps to the database; as measured where left out."""
    shapes: Annotated[tuple[Shape, ...], NOT_EMPTY] = (Shape(name="instance"),)
    """Which kinds there are to choose from."""


class Database(Keys):
    """What the database may be asked for."""

    connections: Count
    """How many connections there may be."""


class RedisPlan(Keys):
    """What Redis may take."""

    memory: Size | None = None
    """How much memory there is; as measured where left out."""
    tested_leagues: Count | None = None
    """How many leagues there were when memory was measured; known of the reference platform."""


class PriceItem(Keys):
    """What something costs, who says so, and since when."""

    name: Words
    """What is paid for."""
    price: Amount
    """How much, in the currency of all prices."""
    per: Per
    """What it is the price of."""
    shape: Words | None = Field(default=None, alias="for")
    """The shape of instance that it is the price of; all where left out."""
    memory: Size | None = None
    """Memory of a function, for a price per GB-second."""
    source: Words
    """Who says so: an address, a contract."""
    date: Day
    """When it was looked up."""


class Prices(Keys):
    """What things cost."""

    currency: Words
    """The currency of all prices, as in USD."""
    items: Annotated[tuple[PriceItem, ...], NOT_EMPTY]
    """Each price, with its source and its date."""


class CapacitySection(Keys):
    """What is to be carried, by what, and at which price."""

    begin: Day = Field(alias="from")
    """The first day of the first week, for which the figures below hold."""
    weeks: Count = 26
    """How many weeks are planned."""
    users: Count | None = None
    """How many users there are."""
    leagues: Count | None = None
    """How many leagues there are; they grow with the users."""
    requests_per_user: Rate | None = None
    """How often each asks in the busiest hour, over all users."""
    burst: Positive = 1.0
    """The busiest minute over the mean of the busiest hour."""
    growth_per_week: Growth | None = None
    """How many more users there are each week."""
    growth_per_week_high: Growth | None = None
    """How many more there may be, for the early bound."""
    weekly_peaks: Words | None = None
    """A CSV file with the header week,peak (days, requests a second), in place of the growth above."""
    launches: tuple[Launch, ...] = ()
    """Draft week, kickoffs, and whatever else brings users at once."""
    instances: Instances
    """What carries the load."""
    database: Database | None = None
    """The database that all instances share."""
    redis: RedisPlan = RedisPlan()
    """The Redis that all instances share."""
    mean_load: Part | None = None
    """The mean load of a month, as a part of its peak."""
    prices: Prices | None = None
    """What it costs; none is built in."""


class PlanHeader(Keys):
    """A file that holds a plan and nothing else."""

    version: Version = "1"
    """The version of this language."""
    name: Words | None = None
    """What reports call it; the file's stem where left out."""
    capacity: object
    """The plan."""


#: The models that a key in a pydantic location stands for.
BY_LOCATION: dict[str | int, type[Keys]] = {
    "launches": Launch,
    "instances": Instances,
    "shapes": Shape,
    "database": Database,
    "redis": RedisPlan,
    "prices": Prices,
    "items": PriceItem,
}
