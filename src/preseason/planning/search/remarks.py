"""What a reader of a search has to know: errors that come fast, and models that measurements contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.planning.scalability.grading import Grade
from preseason.verdict import wording
from preseason.verdict.statistics.little import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.planning.search.answer import Answer
    from preseason.planning.search.steps import Measured

#: Fewer errors than this change no throughput; errors that take less than this part of a success are fast.
_ERRORS, _FAST = 0.01, 0.5
#: So far apart, a model and what was measured disagree.
_BELOW, _ABOVE = 0.8, 1.1
_NEARLY_FULL = 0.85


def remarks(answer: Answer) -> tuple[str, ...]:
    """Sentences, the gravest first."""
    checks = (_miscounted, _fast_errors, _model_and_measurement, _law, _nearly_full)
    return tuple(told for check in checks for told in check(answer))


def _miscounted(answer: Answer) -> Iterator[str]:
    for made in answer.steps:
        seen = made.measured
        if seen is not None and seen.little is not None and seen.little > TOLERANCE:
            yield (
                f"Little's law does not hold in {made.run}: journeys in flight and journeys booked differ by "
                f"{wording.whole_percent(seen.little)}, so its figures are not to be trusted"
            )


def _fast_errors(answer: Answer) -> Iterator[str]:
    """Refusals cost little, and would look like speed: the law and the peak count successes alone."""
    quick = [made for made in answer.steps if made.measured is not None and _fails_fast(made.measured)]
    if not quick:
        return
    worst = max(quick, key=lambda made: made.measured.errors if made.measured else 0.0)
    seen = worst.measured
    if seen is not None:
        yield (
            f"errors come fast: in {worst.run} {wording.percent(seen.errors)} of requests failed within "
            f"{seen.failed_ms:.3g} ms on average, successes took {seen.mean_ms:.3g} ms: the target refuses "
            "load rather than slowing down, as under a rate limit or a full queue"
        )


def _fails_fast(seen: Measured) -> bool:
    return seen.errors > _ERRORS and seen.failed_ms is not None and seen.failed_ms < _FAST * seen.mean_ms


def _model_and_measurement(answer: Answer) -> Iterator[str]:
    """What the utilisation law says is used up first, beside the throughput that was reached."""
    first, marks = answer.bottleneck, answer.landmarks
    if first is None or marks.peak is None:
        return
    low, high = first.saturation_bounds
    if marks.peaked and marks.peak < _BELOW * low:
        yield (
            f"model and measurement disagree: throughput stopped growing at {marks.peak:.4g}/s, but "
            f"{first.resource}, first to be used up of what was sampled, would carry {low:.4g}/s: something "
            "that was not sampled runs out first (a lock, a pool, another service, a limit)"
        )
    if marks.peak > _ABOVE * high:
        yield (
            f"model and measurement disagree: {first.resource} would be used up at {high:.4g}/s, but "
            f"{marks.peak:.4g}/s were measured: there is more of it than was told, or requests cost less "
            "under load"
        )


def _law(answer: Answer) -> Iterator[str]:
    law, first = answer.law, answer.bottleneck
    if law is None:
        return
    if law.grade is Grade.REJECTED:
        yield f"the scalability law is not the law behind these steps: {law.reasons[0]}"
    elif first is not None and law.x_peak is not None and law.x_peak > _ABOVE * first.saturation_bounds[1]:
        yield (
            f"model and measurement disagree: the law's peak of {law.x_peak:.4g}/s is more than "
            f"{first.resource} would carry"
        )


def _nearly_full(answer: Answer) -> Iterator[str]:
    """Memory is not used up by a rate; that it is nearly full is worth knowing all the same."""
    shares: dict[str, float] = {}
    for seen in answer.measured:
        for name, use in seen.uses.items():
            if use.kept and use.share is not None:
                shares[name] = max(shares.get(name, 0.0), use.share)
    for name, share in shares.items():
        if share > _NEARLY_FULL:
            yield f"{name} was {wording.whole_percent(share)} full"
