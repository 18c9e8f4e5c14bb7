"""The health source: the target's own health endpoint, and what of the manual's answer it lacks."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from preseason.collectors.addresses import redact
from preseason.collectors.collector import LostError, Note, Reading, Sample
from preseason.collectors.fetching import Fetcher
from preseason.run.health import faults, health_of
from preseason.run.manifest import VERSION, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.fetching import Answer
    from preseason.collectors.settings import CollectorSettings

NAME = "health"
PATH = "/api/health"
#: For the whole answer, however busily it comes.
TIMEOUT_S = 3.0


class HealthCollector:
    """Asks the target how it is. That it does not answer is what it is asked for: a sample, not a gap."""

    name = NAME

    def __init__(self, target_url: str, settings: CollectorSettings) -> None:
        self.interval_s = settings.health_interval_s
        self._url = f"{target_url.rstrip('/')}{PATH}"
        self._fetcher = Fetcher(within_s=TIMEOUT_S)
        self._told = False

    def open(self) -> Source:
        return Source(name=NAME, address=redact(self._url))

    def close(self) -> None:
        self._fetcher.close()

    def read(self, now_s: float, *, last: bool) -> Reading:
        if last:
            return Reading(())  # it is asked at its own pace
        asked_s = time.perf_counter()
        try:
            answer = self._fetcher.get(self._url)
            response_ms = (time.perf_counter() - asked_s) * 1000
        except LostError as error:
            return Reading((Sample(now_s, NAME, "up", "", 0.0),), (Note(f"GET {PATH} failed: {error}"),))
        finally:
            self._fetcher.close()  # a kept one may be closed just as it is used, which is not being down
        notes = () if self._told else tuple(shortcomings(answer))
        self._told = True
        if answer.status == HTTPStatus.NOT_FOUND:
            return Reading((), notes)
        up = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        measured = {"up": float(up), "response_ms": response_ms, "status": answer.status}
        samples = tuple(Sample(now_s, NAME, metric, "", value) for metric, value in measured.items())
        return Reading(samples, notes)


def version_told(target_url: str) -> str | None:
    """The version that the target's health endpoint names; None where it names none in a short word."""
    fetcher = Fetcher(within_s=TIMEOUT_S)
    try:
        body = health_of(fetcher.get(f"{target_url.rstrip('/')}{PATH}").text)
    except LostError:
        return None
    finally:
        fetcher.close()
    version = (body or {}).get("version")
    return version if isinstance(version, str) and VERSION.fullmatch(version) else None


def shortcomings(answer: Answer) -> Iterator[Note]:
    """What the manual promises of a health answer and this one does not hold."""
    if answer.status == HTTPStatus.NOT_FOUND:
        yield Note(f"the target has no {PATH}: whether it is up is not measured")
        return
    if (body := health_of(answer.text)) is None:
        yield Note(f"GET {PATH} answers {answer.status} without JSON: none of the manual's fields is there")
        return
    found = faults(body)
    if missing := [fault.field for fault in found if fault.is_missing]:
        yield Note(f"GET {PATH} lacks these of the manual's fields: {', '.join(missing)}")
    if wrong := [f"{fault.field} is not {fault.wanted}" for fault in found if not fault.is_missing]:
        yield Note(f"GET {PATH} is not in the manual's format: {'; '.join(wrong)}")
