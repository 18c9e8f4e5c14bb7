"""An objective with what became of it, and which outcomes ask for an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.model import Kind
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from preseason.slo.model import Objective
    from preseason.verdict.model import ObjectiveResult

    Judged = tuple[Objective, ObjectiveResult]

TROUBLED = frozenset({Outcome.FAIL, Outcome.UNDECIDED, Outcome.NOT_STEADY, Outcome.WAIVED})
_LATENCY = frozenset({Kind.LATENCY_QUANTILE, Kind.LATENCY_MEAN})


def latency_is_in_trouble(judged: Iterable[Judged]) -> bool:
    """Whether any objective about response times does not simply hold."""
    return any(
        objective.indicator.kind in _LATENCY and result.outcome in TROUBLED for objective, result in judged
    )
