"""Failures by their reasons: the commonest of the run, and those that began at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.run.columns import array_of, rows_where
from preseason.run.requests import Endpoint
from preseason.verdict import wording
from preseason.verdict.arrivals import JOURNEY
from preseason.verdict.findings.scene import Cause
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Scene

_MOST_NAMED = 3
_KEYS = ["method", "name", "kind"]
_FEWEST = 5
_LEAST_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class _Failures:
    """So many failures of one endpoint for one reason."""

    endpoint: Endpoint
    reason: str
    requests: int

    @property
    def what(self) -> str:
        failed = "journeys broke off" if self.endpoint == JOURNEY else f"{self.endpoint} failed"
        return f"{failed} {wording.times(self.requests)}"


def commonest(evidence: Evidence) -> Iterator[Finding]:
    """By reason and endpoint, of all that was judged."""
    span = evidence.answered
    for failures in _failures(evidence.run.errors, span.start_s, span.end_s)[:_MOST_NAMED]:
        yield Finding(
            kind=FindingKind.ERRORS_BY_KIND,
            title=f"{failures.what}: {failures.reason}",
            subject=str(failures.endpoint),
            evidence={"requests": failures.requests, "kind": failures.reason},
        )


def seen(scene: Scene) -> Iterator[Cause]:
    """Reasons that were much commoner in the scene than in the rest of the run."""
    if scene.is_whole:
        return
    errors, span = scene.evidence.run.errors, scene.evidence.answered
    in_all = {(one.endpoint, one.reason): one for one in _failures(errors, span.start_s, span.end_s)}
    for then in _failures(errors, scene.start_s, scene.end_s)[:_MOST_NAMED]:
        otherwise = in_all.get((then.endpoint, then.reason), then).requests - then.requests
        rest_s = max(1.0, span.length_s - scene.length_s)
        gain = 1 - (otherwise / rest_s) / (then.requests / max(scene.length_s, 1.0))
        if then.requests >= _FEWEST and gain >= _LEAST_GAIN:
            yield Cause(gain, 9, _began(scene, then, otherwise))


def _began(scene: Scene, then: _Failures, otherwise: int) -> Finding:
    return Finding(
        kind=FindingKind.ERRORS_BY_KIND,
        title=f"{then.what} then: {then.reason}",
        subject=str(then.endpoint),
        evidence={"requests": then.requests, "requests_otherwise": otherwise, "kind": then.reason},
        at_s=scene.start_s,
        until_s=scene.end_s,
    )


def _failures(table: pa.Table, start_s: float, end_s: float) -> list[_Failures]:
    """Those within ``[start_s, end_s)``, the commonest first."""
    second = array_of(table["second"])
    chosen = rows_where(table, (second >= start_s) & (second < end_s))
    if not chosen.num_rows:
        return []
    order = [("requests_sum", "descending"), *((key, "ascending") for key in _KEYS)]
    rows = chosen.group_by(_KEYS).aggregate([("requests", "sum")]).sort_by(order).to_pylist()
    return [_Failures(Endpoint(row["name"], row["method"]), row["kind"], row["requests_sum"]) for row in rows]
