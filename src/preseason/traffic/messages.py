"""What the conductor (master) and its drivers (workers) say to each other.

Locust carries messages between processes and machines as msgpack, and within one process as a plain call,
so the same two parts make a run of one process, of several, and of several machines.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from preseason.run.batches import batch_of
from preseason.run.tables import SCHEMAS, Table
from preseason.traffic.plan import Plan
from preseason.traffic.scenarios import Cast, Part

if TYPE_CHECKING:
    from preseason.traffic.recorder import Columns

START = "preseason-start"
STOP = "preseason-stop"
#: Let no more journeys arrive; those under way come to their end.
END = "preseason-end"
REPORT = "preseason-report"


@dataclass(frozen=True, slots=True)
class Join:
    """To every worker, among the options its master hands it: the plan, and who plays what in it."""

    plan: Plan
    cast: Cast

    def packed(self) -> dict[str, Any]:
        cast = {name: (part.scenario, part.share) for name, part in self.cast.items()}
        return {"plan": self.plan.model_dump_json(), "cast": cast}

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Self:
        cast = {name: Part(*part) for name, part in data["cast"].items()}
        return cls(Plan.model_validate_json(data["plan"]), cast)


@dataclass(frozen=True, slots=True)
class Start:
    """To a driver: the schedule begins ``in_s`` seconds from now; make ``share`` = (index, of) of it.

    ``utc_s`` is that moment by the master's clock (epoch seconds): arrivals are booked by it, so that
    drivers whose clocks differ book the same arrivals in the same seconds. A schedule that is gone on with
    began long ago (``in_s`` is negative): its first ``skip_s`` seconds are not made again.
    """

    in_s: float
    utc_s: int
    share: tuple[int, int]
    skip_s: float = 0.0

    def packed(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Self:
        index, of = data["share"]
        return cls(in_s=data["in_s"], utc_s=data["utc_s"], share=(index, of), skip_s=data["skip_s"])


@dataclass(frozen=True, slots=True)
class Report:
    """From a driver, once a second: how it stands, and the rows it closed as Arrow streams by table.

    ``failure`` says why it cannot go on; empty while it can.
    """

    process: str
    users: int
    waiting: int
    in_flight: int
    finished: bool
    failure: str = ""
    batches: dict[str, bytes] = field(default_factory=dict)

    def packed(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Self:
        return cls(**data)

    def rows(self) -> dict[Table, pa.Table]:
        return {Table(name): pa.ipc.open_stream(stream).read_all() for name, stream in self.batches.items()}


def pack_rows(table: Table, columns: Columns) -> bytes:
    """Rows as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMAS[table]) as stream:
        stream.write_batch(batch_of(columns, SCHEMAS[table]))
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
