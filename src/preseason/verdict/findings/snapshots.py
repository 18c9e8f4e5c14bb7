"""Statements between the collector's snapshots: calls and time of each, on one grid for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.samples import Samples, Series

    Values = NDArray[np.float64]

#: The statements that took most time; the rest together explains nothing that these do not.
MOST = 100
_TIME, _CALLS = "statement_exec_ms", "statement_calls"


@dataclass(frozen=True, slots=True)
class Snapshots:
    """``calls`` and ``exec_ms`` have shape (statements, intervals): growth between ``edges_s``, UTC.

    NaN where a statement's counters began another life in between.
    """

    edges_s: Values
    queryids: tuple[str, ...]
    calls: Values
    exec_ms: Values

    @property
    def lengths_s(self) -> Values:
        return np.diff(self.edges_s)

    def about(self, start_s: float, end_s: float) -> NDArray[np.bool_]:
        """The intervals that tell about ``[start_s, end_s]``: that lie in it, or it in them, by half."""
        shared_s = np.minimum(self.edges_s[1:], end_s) - np.maximum(self.edges_s[:-1], start_s)
        return shared_s >= np.minimum(self.lengths_s, end_s - start_s) / 2

    def apart(self, start_s: float, end_s: float) -> NDArray[np.bool_]:
        """The intervals that share no time with ``[start_s, end_s]``."""
        return (self.edges_s[:-1] >= end_s) | (self.edges_s[1:] <= start_s)

    def spent_ms(self) -> dict[str, float]:
        """The time that each statement took in all, as far as known; by query id."""
        return dict(zip(self.queryids, np.nansum(self.exec_ms, axis=1).tolist(), strict=True))

    def called(self) -> dict[str, float]:
        """How often each statement was called in all; by query id."""
        return dict(zip(self.queryids, np.nansum(self.calls, axis=1).tolist(), strict=True))


def snapshots_of(samples: Samples, start_s: float, end_s: float) -> Snapshots:
    """From the last snapshot before ``start_s`` to the first after ``end_s``, where they were taken."""
    times = samples.labelled("postgres", _TIME)
    edges = _edges(samples, times, start_s, end_s)
    known = tuple(sorted(times, key=lambda label: (-_spent(times[label]), label))[:MOST])
    calls = {label: samples.get("postgres", _CALLS, label) for label in known}
    shape = (len(known), max(0, len(edges) - 1))
    return Snapshots(
        edges_s=edges,
        queryids=known,
        calls=np.array([_growth(calls[label], edges) for label in known]).reshape(shape),
        exec_ms=np.array([_growth(times[label], edges) for label in known]).reshape(shape),
    )


def _edges(samples: Samples, times: dict[str, Series], start_s: float, end_s: float) -> Values:
    """When snapshots were taken: the collector says so each time, whatever ran."""
    taken = samples.get("postgres", "statements").time_s
    if not len(taken) and times:
        taken = np.unique(np.concatenate([series.time_s for series in times.values()]))
    inside = np.flatnonzero((taken > start_s) & (taken < end_s))
    if not len(inside):
        return taken[(taken >= start_s) & (taken <= end_s)]
    return taken[max(0, inside[0] - 1) : inside[-1] + 2]


def _spent(series: Series) -> float:
    return series.deltas().total


def _growth(series: Series, edges: Values) -> Values:
    """A statement has samples only where it ran: in between, its counters stood still."""
    if len(series) < 2 or len(edges) < 2:  # noqa: PLR2004 - growth has two ends
        return np.zeros(max(0, len(edges) - 1))
    deltas = series.deltas()
    summed = np.concatenate(([0.0], np.cumsum(np.where(deltas.valid, deltas.growth, 0.0))))
    broken = np.concatenate(([0.0], np.cumsum(~deltas.valid)))
    grown = np.diff(np.interp(edges, series.time_s, summed))
    return np.where(np.diff(np.interp(edges, series.time_s, broken)) > 0, np.nan, grown)
