"""The Prometheus source: what a query gives becomes the samples of the metric ``prometheus.<its name>``.

Prometheus knows the past, but late: it scrapes every so many seconds, and what it scraped is in its database
a moment after. So a range is asked for, on a grid of its own and reaching back over what was asked before;
what has been seen already is passed over.

A query that names a series as it is stored gives the times at which it was scraped, not those at which we
asked: a value that Prometheus repeats for want of a newer one (for up to five minutes) is one sample, and
what follows it is a hole.
"""

from __future__ import annotations

import time
from math import isfinite
from typing import TYPE_CHECKING

from preseason.collectors.addresses import redact
from preseason.collectors.collector import LostError, Note, Reading, Sample
from preseason.collectors.prometheus_api import Api, QueryError
from preseason.run.manifest import Source
from preseason.run.samples import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.prometheus_api import Range
    from preseason.collectors.settings import CollectorSettings, PrometheusQueries

NAME = "prometheus"
#: How far each look reaches back over what was asked before: what is written from afar comes late.
OVERLAP_S = 60.0
#: The newest points may still change: scrapes of that moment are on their way.
SETTLED_STEPS = 1
#: Clocks that differ by less are called the same.
SAME_CLOCK_S = 1.0
#: Prometheus refuses ranges of more than 11000 points a series.
MOST_POINTS = 10_000
#: After so many looks that gave nothing, somebody should be told.
_NOTHING_AFTER = 3


class PrometheusCollector:
    """Samples one query; each is a source of its own, so that a slow one delays no other."""

    def __init__(self, metric: str, asked: PrometheusQueries, settings: CollectorSettings) -> None:
        self.name = labelled(NAME, metric)
        self.interval_s = settings.prometheus_interval_s
        self._metric = metric
        self._query = asked.queries[metric]
        self._address = redact(asked.url)
        self._api = Api(asked.url, asked.token)
        self._step_ms = max(1, round(1000 * self.interval_s))
        self._ahead_s = 0.0
        self._begun_ms: int | None = None
        self._asked_ms = 0
        self._newest: dict[str, float] = {}
        self._empty_looks = 0

    def open(self) -> Source:
        self._ahead_s = self._api.clock_ahead_s()
        version = self._api.version()
        if self._begun_ms is None:
            self._begun_ms = self._asked_ms = self._grid_ms(time.time())
        return Source(name=self.name, address=self._address, version=version)

    def close(self) -> None:
        self._api.close()

    def read(self, now_s: float, *, last: bool) -> Reading:
        end_ms = self._grid_ms(now_s) - (0 if last else SETTLED_STEPS * self._step_ms)
        start_ms = self._start_ms(end_ms)
        if end_ms < start_ms:
            return Reading(())
        try:
            found = self._api.range(self._query, start_ms / 1000, end_ms / 1000, self._step_ms / 1000)
        except QueryError as error:
            raise LostError(str(error)) from None
        self._asked_ms = end_ms
        samples = tuple(self._new(found))
        self._empty_looks = 0 if samples or self._newest else self._empty_looks + 1
        return Reading(samples, tuple(self._notes()))

    def _start_ms(self, end_ms: int) -> int:
        """Where to ask from: some way back, but neither before the run nor for more than Prometheus gives."""
        overlap_ms = int(1000 * OVERLAP_S)
        back_ms = self._asked_ms - overlap_ms + overlap_ms % self._step_ms
        begun_ms = end_ms if self._begun_ms is None else self._begun_ms
        return max(begun_ms, back_ms, end_ms - MOST_POINTS * self._step_ms)

    def _grid_ms(self, now_s: float) -> int:
        """The last moment of the grid by Prometheus' clock, so that the same moments are asked for again."""
        there_ms = int(1000 * (now_s + self._ahead_s))
        return there_ms - there_ms % self._step_ms

    def _new(self, found: Range) -> Iterator[Sample]:
        """What was not seen before; NaN and infinity are no values but the lack of one."""
        behind_s = self._ahead_s if abs(self._ahead_s) >= SAME_CLOCK_S else 0.0
        for label, points in found.items():
            for at_s, value in points:
                if at_s > self._newest.get(label, float("-inf")):
                    self._newest[label] = at_s
                    if isfinite(value):
                        yield Sample(at_s - behind_s, NAME, self._metric, label, value)

    def _notes(self) -> Iterator[Note]:
        if abs(self._ahead_s) >= SAME_CLOCK_S:
            yield Note(
                "the clock of this Prometheus is not ours: its times are corrected by what they differ",
                "set the clocks right (NTP)",
            )
        if self._empty_looks == _NOTHING_AFTER:
            yield Note(
                f"the query {self._metric} has given nothing so far",
                "try it in Prometheus: a name may be misspelled, or a target down",
            )
