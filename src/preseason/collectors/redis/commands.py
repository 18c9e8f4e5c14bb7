"""What each command cost, from look to look; pure, the reading is done by the collector.

A command's counters are written only where it ran: as they stood one look before, and as they stand now.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from preseason.collectors.collector import Sample
from preseason.collectors.labels import Labels
from preseason.collectors.redis.connection import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: A server has some 250 commands; modules bring more.
MOST_COMMANDS = 200
METRICS = ("command_calls", "command_us", "command_failures")
_FIELD = "cmdstat_"


class Costs(NamedTuple):
    """The counters of one command, in the order of ``METRICS``; failures are calls refused or failed."""

    calls: float
    spent_us: float
    failures: float


_NEVER_RAN = Costs(0.0, 0.0, 0.0)


def costs(nodes: Iterable[Mapping[str, Any]]) -> dict[str, Costs]:
    """The commands of ``INFO commandstats``, by name, of all nodes together."""
    sums: defaultdict[str, Costs] = defaultdict(lambda: _NEVER_RAN)
    for info in nodes:
        for field, told in info.items():
            if not field.startswith(_FIELD):
                continue
            name, before = field.removeprefix(_FIELD), sums[field.removeprefix(_FIELD)]
            failures = told.get("failed_calls", 0) + told.get("rejected_calls", 0)
            sums[name] = Costs(
                before.calls + told["calls"], before.spent_us + told["usec"], before.failures + failures
            )
    return dict(sums)


class CommandLog:
    """Turns looks into the samples of the commands that ran between them."""

    def __init__(self) -> None:
        self._labels = Labels(MOST_COMMANDS)
        self._before: tuple[float, str, Mapping[str, Costs]] = (0.0, "", {})
        self._written_s: dict[str, float] = {}

    def grow(self, now_s: float, epoch: str, now: Mapping[str, Costs]) -> Iterator[Sample]:
        """The samples of what ran since the look before; none after the first of an epoch."""
        before_s, before_epoch, before = self._before
        self._before = (now_s, epoch, now)
        if before_epoch != epoch:
            return
        for name, counted in now.items():
            earlier = before.get(name, _NEVER_RAN)
            if counted == earlier or not self._labels.admits(name):
                continue
            if self._written_s.get(name) != before_s:
                yield from _samples(before_s, name, earlier, epoch)
            yield from _samples(now_s, name, counted, epoch)
            self._written_s[name] = now_s


def _samples(at_s: float, name: str, counted: Costs, epoch: str) -> Iterator[Sample]:
    for metric, value in zip(METRICS, counted, strict=True):
        yield Sample(at_s, NAME, metric, name, value, epoch)
