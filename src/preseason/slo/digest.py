"""What an SLO file means, as a SHA-256: comments, order and spelling do not count."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from preseason.slo.model import LoadModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from preseason.slo.model import Load, Objective


def workload_digest(load: Load) -> str:
    """Equal for loads that put the same demand on a target.

    The seed, the warm-up and the bound on journeys in flight only decide how the demand is drawn and judged.
    """
    return _sha256(_workload(load))


def slo_digest(load: Load, objectives: Iterable[Objective], queries: Mapping[str, str]) -> str:
    """Equal for files that ask the same question; waivers are part of it, and PromQL as it is written."""
    asked = sorted((_plain(objective) for objective in objectives), key=lambda plain: str(plain["name"]))
    own = {"warmup_s": load.warmup_s, "max_in_flight": load.max_in_flight, "seed": load.seed}
    measured = {"queries": dict(queries)} if queries else {}
    return _sha256({"load": _workload(load), "judging": own, "objectives": asked, **measured})


def _workload(load: Load) -> dict[str, object]:
    mix = load.mix or {}
    total = sum(mix.values())
    return {
        "model": load.model,
        "spacing": load.spacing if load.model is LoadModel.OPEN else None,
        "stages": [stage.model_dump(mode="json") for stage in load.stages],
        "mix": {name: format(weight / total, ".12g") for name, weight in mix.items()},
    }


def _plain(objective: Objective) -> dict[str, object]:
    """What came to the language later counts only where it is used: older runs keep their digests."""
    plain = asdict(objective)
    return plain if objective.guardrail else {key: plain[key] for key in plain if key != "guardrail"}


def _sha256(meaning: object) -> str:
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
