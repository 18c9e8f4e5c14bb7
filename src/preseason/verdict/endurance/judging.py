"""Everything a verdict says about a run of hours, and the objective that comes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.endurance.availability import availability_of
from preseason.verdict.endurance.burning import burns_of
from preseason.verdict.endurance.drifting import drifts_of, objective_of, watched
from preseason.verdict.endurance.incidents import incidents_of
from preseason.verdict.endurance.model import Endurance
from preseason.verdict.endurance.recovery import returns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult

#: Of other runs than soaks, those of this length are looked at as well; there, a drift decides nothing.
_LONG_S = 600
_HORIZON_S = 7 * 86400.0


def endurance_of(
    evidence: Evidence, objectives: Sequence[Objective]
) -> tuple[Endurance | None, tuple[ObjectiveResult, ...]]:
    """What a soak, or another run of ten minutes, shows; and of a soak, its objective about drifts."""
    soak = evidence.run.manifest.soak
    if soak is None and evidence.judged.length_s < _LONG_S:
        return None, ()
    horizon_s = _HORIZON_S if soak is None else soak.horizon_s
    figures = watched(evidence)
    drifts = drifts_of(figures, horizon_s)
    found = Endurance(
        looked_at=tuple(figure.name for figure in figures),
        drifts=drifts,
        returns=() if soak is None else returns_of(evidence),
        availability=availability_of(evidence),
        incidents=incidents_of(evidence, objectives),
        burns=burns_of(evidence, objectives),
    )
    return found, () if soak is None else (objective_of(figures, drifts, horizon_s),)
