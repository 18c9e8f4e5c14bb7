"""Which drivers there are, and which of them were lost. Pure: who calls says what time it is (monotonic)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.traffic.messages import Report

#: A driver reports every second; one that has been silent for this long is lost.
SILENCE_S = 5.0


@dataclass(slots=True)
class _Driver:
    """What is known of one driver."""

    report: Report
    heard_s: float


class Attendance:
    """The drivers of a run, as their reports tell."""

    def __init__(self) -> None:
        self._drivers: dict[str, _Driver] = {}
        self._lost: set[str] = set()
        self._looked_s = 0.0

    def hear(self, report: Report, now_s: float) -> str:
        """Notes a report; says what was lost with it, if its driver cannot go on."""
        self._drivers[report.process] = _Driver(report, now_s)
        if not report.failure or report.process in self._lost:
            return ""
        self._lost.add(report.process)
        return f"{report.process} was stopped: {report.failure}"

    def heard_since(self, moment_s: float) -> int:
        """How many have reported since."""
        return sum(driver.heard_s > moment_s for driver in self._drivers.values())

    def sum(self, what: str) -> int:
        """Of a figure of their reports."""
        return sum(getattr(driver.report, what) for driver in self._drivers.values())

    @property
    def all_finished(self) -> bool:
        """Whether all have that are not lost."""
        return all(driver.report.finished for name, driver in self._drivers.items() if name not in self._lost)

    def begin_looking(self, now_s: float) -> None:
        self._looked_s = now_s

    def look(self, now_s: float) -> Iterator[str]:
        """What has been lost since the last look, a second ago.

        Where that was longer ago, it was this process that stood still, and nobody could be heard meanwhile.
        """
        still_s, self._looked_s = now_s - self._looked_s, now_s
        if still_s > SILENCE_S:
            why = "a user kept its loop busy, or its machine did not let it run"
            yield f"it stood still for {still_s:.0f} s: {why}"
            for driver in self._drivers.values():
                driver.heard_s = now_s
        for name, driver in self._drivers.items():
            silent = now_s - driver.heard_s > SILENCE_S
            if silent and not driver.report.finished and name not in self._lost:
                self._lost.add(name)
                yield f"{name} fell silent; its share of the load is missing from here on"
