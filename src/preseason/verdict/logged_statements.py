"""Slow statements by the server's log, which has every single one: so many, where all of it was read.

What is executed in parts, or planned before, is logged in parts. A part that took long is a slow statement; a
long preparation may be one of its own, or belong to a slow execution. A plan (of ``auto_explain``) is logged
beside its statement, and not of every statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict import wording

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.samples import Samples, Series

_SECOND_MS = 1000.0
_NOT_READ = "the server's log was not read"
_NOT_ALL = "the server's log has not all statements"
#: A session that was seen at a statement may have been seen a little before or after the times in the log.
_NEARLY_S = 1.0


@dataclass(frozen=True, slots=True)
class LoggedStatements:
    """``low`` to ``high`` of them by what was read of the log, the longest of ``longest_ms``.

    ``missing`` says why there may be more; it is empty where every one is counted. ``is_read`` tells whether
    there was a log at all. ``ended_s`` and ``took_s`` are those of each execution and preparation.
    """

    low: int
    high: int
    longest_ms: float
    longest_label: str
    ended_s: NDArray[np.float64]
    took_s: NDArray[np.float64]
    missing: str
    is_read: bool

    def running_at(self, time_s: float) -> int:
        """How many of them ran then, or nearly then."""
        began_s = self.ended_s - self.took_s
        return int(np.count_nonzero((began_s - _NEARLY_S <= time_s) & (time_s <= self.ended_s + _NEARLY_S)))


def logged_statements(
    samples: Samples, threshold_ms: float, start_s: float, end_s: float, asked_until_s: float
) -> LoggedStatements:
    """Statements of at least ``threshold_ms`` that ended from ``start_s`` to ``end_s``.

    The log has to have been read until ``asked_until_s`` to have all of them.
    """
    executions, preparations, plans = (
        _slow(samples.labelled("postgres", f"logged_{phase}_ms"), threshold_ms, start_s, end_s)
        for phase in ("statement", "preparation", "plan")
    )
    low = max(len(executions.took_ms), len(plans.took_ms))
    longest = max((executions, plans), key=lambda it: it.longest_ms)
    return LoggedStatements(
        low,
        max(low, len(executions.took_ms) + len(preparations.took_ms)),
        longest.longest_ms,
        longest.longest_label,
        np.concatenate((executions.ended_s, preparations.ended_s)),
        np.concatenate((executions.took_ms, preparations.took_ms)) / _SECOND_MS,
        _missing(samples, threshold_ms, start_s, asked_until_s),
        bool(len(samples.get("postgres", "log_lost"))),
    )


@dataclass(frozen=True, slots=True)
class _Slow:
    ended_s: NDArray[np.float64]
    took_ms: NDArray[np.float64]
    longest_ms: float
    longest_label: str


def _slow(by_label: dict[str, Series], threshold_ms: float, start_s: float, end_s: float) -> _Slow:
    ended: list[NDArray[np.float64]] = [np.array([])]
    took: list[NDArray[np.float64]] = [np.array([])]
    longest_ms, longest_label = 0.0, ""
    for label, series in by_label.items():
        inside = series.between(start_s, end_s)
        slow = inside.value >= threshold_ms
        ended.append(inside.time_s[slow])
        took.append(inside.value[slow])
        if (most_ms := float(took[-1].max(initial=0.0))) > longest_ms:
            longest_ms, longest_label = most_ms, label
    return _Slow(np.concatenate(ended), np.concatenate(took), longest_ms, longest_label)


def _missing(samples: Samples, threshold_ms: float, start_s: float, until_s: float) -> str:
    """Why the log may have more than was read of it; the earliest reason."""
    complete = samples.get("postgres", "log_complete_from_ms")
    if not len(complete):
        return _NOT_ALL if len(samples.get("postgres", "log_lost")) else _NOT_READ
    if complete.time_s[0] > start_s or complete.time_s[-1] < until_s:
        return "the server's log was not read for the whole time"
    first = max(0, int(np.searchsorted(complete.time_s, start_s, side="right")) - 1)
    last = int(np.searchsorted(complete.time_s, until_s))
    if (from_ms := float(complete.value[first : last + 1].max())) > threshold_ms:
        return f"the server's log has only what takes {wording.milliseconds(from_ms)} or more"
    lost = samples.get("postgres", "log_lost").between(complete.time_s[first], complete.time_s[last])
    return "parts of the server's log could not be read" if lost.value[1:].any() else ""
