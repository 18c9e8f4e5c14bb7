"""A load that lasts longer, or less long, than its file says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from preseason.slo.digest import slo_digest, workload_digest
from preseason.slo.quantities import MistakeError, duration_text

if TYPE_CHECKING:
    from preseason.slo.model import Slo


def need_constant_end(slo: Slo) -> None:
    """A mistake where a load that ends early would leave out what it was made for."""
    last = slo.load.stages[-1]
    if last.kind != "hold":
        raise MistakeError(
            f"this load ends with a {last.kind}, which a run that ends early would leave out",
            "let its last stage be a hold, or make the run in full length",
        )


def lasting(slo: Slo, longest_s: float) -> Slo:
    """The same question, its last stage, a hold, made to end at ``longest_s``."""
    load = slo.load
    last = load.stages[-1]
    least_s = max(last.start_s, load.warmup_s or 0.0)
    if longest_s <= least_s:
        raise MistakeError(
            f"{duration_text(longest_s)} is too short: the last stage and the warm-up take until "
            f"{duration_text(least_s)}",
            "name a longer time",
        )
    stages = (*load.stages[:-1], last.model_copy(update={"end_s": longest_s}))
    longer = replace(load, stages=stages)
    return replace(
        slo,
        load=longer,
        digest=slo_digest(longer, slo.objectives, slo.queries.by_name),
        workload_digest=workload_digest(longer),
    )
