"""What a verdict says. ``verdict.json`` is this model as JSON; every report is rendered from it alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from preseason.errors import ExitCode


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(StrEnum):
    """What became of one objective."""

    PASS = "PASS"  # noqa: S105 - an outcome, not a password
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"
    NO_DATA = "NO_DATA"
    NOT_STEADY = "NOT_STEADY"
    WAIVED = "WAIVED"


class Decision(StrEnum):
    """What became of the run."""

    PASS = "PASS"  # noqa: S105 - a decision, not a password
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"
    INVALID = "INVALID"


class ObjectiveResult(_Frozen):
    """One objective, judged.

    ``point``, ``low``, ``high`` and ``limit`` are in ``unit`` (milliseconds; ratios 0-1; counts); None is
    unknown or unbounded. ``good`` of ``total`` is the ratio that was judged (requests within the limit,
    cache hits among look-ups …), compared with ``target_ratio``; its one-sided bounds at ``confidence`` are
    ``ratio_low`` and ``ratio_high``. ``reason`` says in a sentence why the outcome is what it is, ``needs``
    what an undecided one lacks ("about 4 more minutes").
    """

    name: str
    indicator: str
    endpoint: str | None = None
    scenario: str | None = None
    comparison: str
    outcome: Outcome
    point: float | None
    low: float | None
    high: float | None
    limit: float | None
    unit: str
    good: int | None = None
    total: int | None = None
    target_ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    confidence: float = 0.95
    required: bool = True
    severity: str = "P2"
    weight: float = 1.0
    reason: str = ""
    needs: str = ""


class FindingKind(StrEnum):
    """What was noticed; the sentences stand in ``verdict.findings``."""

    SLOW_ENDPOINT = "slow_endpoint"
    FAILING_ENDPOINT = "failing_endpoint"
    LOW_HIT_RATE = "low_hit_rate"
    ERRORS_BY_KIND = "errors_by_kind"
    HEAVY_STATEMENT = "heavy_statement"
    CONNECTIONS_NEAR_LIMIT = "connections_near_limit"
    DEADLOCKS = "deadlocks"
    EVICTIONS = "evictions"
    GAP = "gap"
    GENERATOR_BUSY = "generator_busy"
    ARRIVALS_LOST = "arrivals_lost"
    NOT_COLLECTED = "not_collected"
    NOTE = "note"


class Finding(_Frozen):
    """Something worth knowing: ``title`` in a sentence, ``evidence`` as label and value pairs."""

    kind: FindingKind
    title: str
    subject: str = ""
    evidence: dict[str, str | float | int | None] = {}
    at_s: float | None = None
    until_s: float | None = None


class Validity(_Frozen):
    """Whether the run may be judged at all, and if not, why not."""

    valid: bool
    reasons: tuple[str, ...] = ()


class Window(_Frozen):
    """What was judged, in UTC epoch seconds: the load after its warm-up, and how the warm-up was found."""

    start_s: float
    end_s: float
    warmup_s: float
    warmup_found_by: Literal["given", "data", "none"]


class Verdict(_Frozen):
    """The whole answer; its JSON schema is published as ``docs/reference/verdict.schema.json``."""

    version: Literal[1] = 1
    run: str
    slo: str
    verdict: Decision
    exit_code: ExitCode
    sentence: str
    window: Window | None
    validity: Validity
    objectives: tuple[ObjectiveResult, ...]
    findings: tuple[Finding, ...] = ()
