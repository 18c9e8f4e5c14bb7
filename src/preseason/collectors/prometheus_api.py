"""Prometheus' HTTP API, as far as it takes to sample a query: its clock, its version, ranges."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from preseason.collectors.addresses import first_line
from preseason.collectors.collector import LostError
from preseason.collectors.fetching import Answer, Fetcher

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_S = 5.0
#: A query that gives more series than anybody could read is meant to be aggregated.
MOST_SERIES = 100
#: What it finds wrong with a query: before it is run, and while.
_OF_QUERIES = {"bad_data", "execution"}
#: Label, and then moments (its own clock, epoch seconds) with values.
Points = list[tuple[float, float]]
Range = dict[str, Points]
_NO_API = "what answers there does not speak Prometheus' API"


class QueryError(Exception):
    """Prometheus understood us, and refuses the query; the message is its own."""


class _Model(BaseModel):
    """What an answer holds beyond this is of no interest."""


class _Series(_Model):
    metric: dict[str, str]
    # Series of native histograms have no plain values.
    values: tuple[tuple[float, Annotated[float, BeforeValidator(float)]], ...] = ()


class _Matrix(_Model):
    resultType: Literal["matrix"]  # noqa: N815 - as it is spelled there
    result: tuple[_Series, ...]


class _Ranged(_Model):
    data: _Matrix


class _Scalar(_Model):
    result: tuple[float, str]


class _Clock(_Model):
    data: _Scalar


class _Build(_Model):
    version: str


class _BuildInfo(_Model):
    data: _Build


class _Refusal(_Model):
    errorType: str  # noqa: N815 - as it is spelled there
    error: str


ModelT = TypeVar("ModelT", bound=_Model)


class Api:
    """One server, asked from one thread; LostError wherever it does not answer as it should."""

    def __init__(self, url: str, token: str = "") -> None:
        self._base = url.rstrip("/")
        self._fetcher = Fetcher(within_s=ANSWER_S, bearer=token)
        self._has_own_times: bool | None = None

    def close(self) -> None:
        self._fetcher.close()

    def clock_ahead_s(self) -> float:
        """How far its clock is ahead of ours, in seconds, give or take half of what the answer took."""
        asked_s = time.time()
        answer = self._ask("query", query="time()")
        ours_s = (asked_s + time.time()) / 2
        return _read(answer, _Clock).data.result[0] - ours_s

    def version(self) -> str:
        """As it says itself; empty where what speaks this API is no Prometheus and has no such page."""
        answer = self._ask("status/buildinfo")
        try:
            return _BuildInfo.model_validate_json(answer.body).data.version
        except ValidationError:
            return ""

    def range(self, query: str, start_s: float, end_s: float, step_s: float) -> Range:
        """The values of a query by label, at the times at which they were scraped where it can tell.

        QueryError where it refuses the query.
        """
        values = self._range(query, start_s, end_s, step_s)
        if self._has_own_times is False:
            return values
        try:
            times = self._range(f"timestamp({query}\n)", start_s, end_s, step_s)
        except QueryError:  # a scalar has none
            self._has_own_times = False
            return values
        if moments := [(at_s, own_s) for points in times.values() for at_s, own_s in points]:
            self._has_own_times = any(at_s != own_s for at_s, own_s in moments)
        return {label: _at_own_times(points, times.get(label, [])) for label, points in values.items()}

    def _range(self, query: str, start_s: float, end_s: float, step_s: float) -> Range:
        answer = self._ask(
            "query_range",
            query=query,
            start=f"{start_s:.3f}",
            end=f"{end_s:.3f}",
            step=f"{step_s:.3f}",
            timeout=f"{ANSWER_S:g}s",
        )
        series = _read(answer, _Ranged).data.result
        if len(series) > MOST_SERIES:
            raise QueryError(f"it gives {len(series)} series; aggregate them to at most {MOST_SERIES}")
        found = {_label(one.metric): list(one.values) for one in series}
        if len(found) < len(series):
            raise QueryError("it gives series that differ in nothing but their name; choose one name")
        return found

    def _ask(self, path: str, **parameters: str) -> Answer:
        return self._fetcher.get(f"{self._base}/api/v1/{path}", parameters)


def _read(answer: Answer, model: type[ModelT]) -> ModelT:
    """The answer as ``model``; QueryError where it finds fault with the query, else LostError."""
    if answer.is_refused:
        raise answer.lost()
    try:
        if answer.is_good:
            return model.model_validate_json(answer.body)
        refusal = _Refusal.model_validate_json(answer.body)
    except ValidationError:
        raise (LostError(_NO_API) if answer.is_good else answer.lost()) from None
    if refusal.errorType in _OF_QUERIES:
        raise QueryError(first_line(refusal.error))
    raise LostError(f"HTTP {answer.status}, {refusal.errorType}: {first_line(refusal.error)}")


def _label(of: Mapping[str, str]) -> str:
    """The labels of a series as one, ``instance=db:9100,job=node``, without the name of the metric."""
    return ",".join(f"{name}={value}" for name, value in sorted(of.items()) if name != "__name__")


def _at_own_times(points: Points, times: Points) -> Points:
    """Values at the times at which they were scraped, as far as those are known, each once."""
    own = dict(times)
    return sorted({own.get(asked_s, asked_s): value for asked_s, value in points}.items())
