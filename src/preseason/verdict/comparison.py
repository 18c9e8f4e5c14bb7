"""What changed against the baseline, endpoint by endpoint: p95 and the share of requests that failed.

Each is a test of non-inferiority: PASS when it did not become worse by more than the margin, with the
stated confidence; FAIL when it did, after Holm among all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.errors import ExitCode
from preseason.verdict.model import BaselineComparison, Decision, EndpointChange, FigureChange, Outcome
from preseason.verdict.regression import changed, error_ratios
from preseason.verdict.statistics.holm import surer, too_weak
from preseason.verdict.statistics.intervals import ratio_bounds
from preseason.verdict.statistics.resampling import FEWEST_BLOCKS, blocks_of, quantiles_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from preseason.run.requests import Endpoint
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.statistics.resampling import Blocks, Values

    #: One-sided bounds of a change at a confidence.
    Bounds = Callable[[float], tuple[float, float]]

#: With failures in fewer blocks, drawing blocks says nothing about how rare they are.
_FEWEST_WITH_FAILURES = 5
CODES = {Decision.PASS: ExitCode.PASS, Decision.FAIL: ExitCode.FAILED, Decision.UNDECIDED: ExitCode.UNDECIDED}


@dataclass(frozen=True, slots=True)
class Margins:
    """How much worse is not worse: of p95 a share of it, of failures a share of all requests."""

    p95: float = 0.05
    errors: float = 0.005
    confidence: float = 0.95


MARGINS = Margins()


@dataclass(frozen=True, slots=True)
class _Test:
    """A figure before and after, the bounds of its change, and how much of it is allowed.

    Without bounds, ``known`` says whether there were requests at all, only too few blocks of them.
    """

    before: float | None
    after: float | None
    point: float | None
    margin: float
    bounds: Bounds | None
    known: bool = True

    def outcome(self, confidence: float) -> Outcome:
        if self.bounds is None:
            return Outcome.UNDECIDED if self.known else Outcome.NO_DATA
        low, high = self.bounds(confidence)
        return (
            Outcome.PASS if high <= self.margin else Outcome.FAIL if low > self.margin else Outcome.UNDECIDED
        )


def compare(
    baseline: Sequence[Evidence], evidence: Evidence, margins: Margins = MARGINS
) -> BaselineComparison:
    """The run against the pool of its baseline; every endpoint that either side asked."""
    asked = (*baseline, evidence)
    endpoints = sorted({endpoint for one in asked for endpoint in one.requests.present_endpoints()})
    tests = [test for endpoint in endpoints for test in _tests(baseline, evidence, endpoint, margins)]
    outcomes = _after_holm(tests, margins.confidence)
    figures = [
        _figure(test, outcome, margins.confidence) for test, outcome in zip(tests, outcomes, strict=True)
    ]
    return BaselineComparison(
        baseline=tuple(one.run.manifest.run_id for one in baseline),
        run=evidence.run.manifest.run_id,
        margin_p95=margins.p95,
        margin_errors=margins.errors,
        confidence=margins.confidence,
        repeated=len(baseline) > 1,
        decision=_decision(outcomes),
        endpoints=tuple(
            EndpointChange(endpoint=str(endpoint), p95_ms=p95, errors=errors)
            for endpoint, p95, errors in zip(endpoints, figures[::2], figures[1::2], strict=True)
        ),
    )


def _tests(
    baseline: Sequence[Evidence], evidence: Evidence, endpoint: Endpoint, margins: Margins
) -> tuple[_Test, _Test]:
    before, after = _blocks(baseline, endpoint), _blocks([evidence], endpoint)
    if before is None or after is None:
        nothing = _Test(None, None, None, 0.0, None, known=False)
        return nothing, nothing
    p95 = changed(before, after, _p95_ms, is_ratio=True)
    failed = changed(before, after, error_ratios, is_ratio=False)
    enough = min(before.fewest, after.fewest) >= FEWEST_BLOCKS
    rare = min(_with_failures(before), _with_failures(after)) < _FEWEST_WITH_FAILURES

    def apart(confidence: float) -> tuple[float, float]:
        return _apart(before, after, confidence)

    of_failed = apart if rare else failed.bounds
    return (
        _Test(p95.before, p95.after, p95.point, 1 + margins.p95, p95.bounds if enough else None),
        _Test(failed.before, failed.after, failed.point, margins.errors, of_failed if enough else None),
    )


def _p95_ms(blocks: Blocks, weights: Values) -> Values:
    return quantiles_ms(blocks, weights, 0.95)


def _blocks(side: Sequence[Evidence], endpoint: Endpoint) -> Blocks | None:
    return blocks_of([(one.requests.of_endpoint(endpoint), one.judged) for one in side])


def _with_failures(blocks: Blocks) -> int:
    return int(np.count_nonzero(blocks.total > blocks.good))


def _apart(before: Blocks, after: Blocks, confidence: float) -> tuple[float, float]:
    """The difference of two shares from the exact interval of each (MOVER, Zou and Donner 2008)."""
    old, new = (ratio_bounds(side.total - side.good, side.total, confidence) for side in (before, after))
    moved = new.point - old.point
    low = moved - math.hypot(new.point - new.low, old.high - old.point)
    return low, moved + math.hypot(new.high - new.point, old.point - old.low)


def _after_holm(tests: Sequence[_Test], confidence: float) -> list[Outcome]:
    """FAIL only where it stands among so many; PASS needs no correction."""
    outcomes = [test.outcome(confidence) for test in tests]
    failed = [place for place, outcome in enumerate(outcomes) if outcome is Outcome.FAIL]
    tested = sum(test.bounds is not None for test in tests)

    def fails_at(place: int, divisor: int) -> bool:
        return tests[place].outcome(surer(confidence, divisor)) is Outcome.FAIL

    weak, _ = too_weak(failed, tested, fails_at)
    return [Outcome.UNDECIDED if place in weak else outcome for place, outcome in enumerate(outcomes)]


def _figure(test: _Test, outcome: Outcome, confidence: float) -> FigureChange:
    low, high = (None, None) if test.bounds is None else test.bounds(confidence)
    return FigureChange(
        before=_known(test.before),
        after=_known(test.after),
        change=_known(test.point),
        low=_known(low),
        high=_known(high),
        outcome=outcome,
    )


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _decision(outcomes: Sequence[Outcome]) -> Decision:
    if Outcome.FAIL in outcomes:
        return Decision.FAIL
    passed = bool(outcomes) and all(outcome is Outcome.PASS for outcome in outcomes)
    return Decision.PASS if passed else Decision.UNDECIDED
