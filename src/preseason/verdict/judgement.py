"""What judging one objective yields, before it is written down."""

from __future__ import annotations

from dataclasses import dataclass

from preseason.verdict.model import Outcome


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome and what it rests on; the fields are those of ``model.ObjectiveResult``."""

    outcome: Outcome
    reason: str
    needs: str = ""
    point: float | None = None
    low: float | None = None
    high: float | None = None
    good: int | None = None
    total: int | None = None
    target_ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None

    @classmethod
    def no_data(cls, reason: str) -> Judgement:
        return cls(Outcome.NO_DATA, reason)

    @classmethod
    def undecided(cls, reason: str, needs: str = "") -> Judgement:
        return cls(Outcome.UNDECIDED, reason, needs)
