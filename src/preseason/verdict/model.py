"""What a verdict says. ``verdict.json`` is this model as JSON; every report is rendered from it alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from preseason.errors import ExitCode
from preseason.verdict.endurance.model import Endurance


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
    """What was noticed; the sentences stand in ``verdict.findings``.

    EPISODE is a stretch in which an endpoint was worse than it usually is, UNEXPLAINED a breach that nothing
    which was sampled moved with. From LOCK_WAITS on they are what was seen on servers at such a time.
    """

    EPISODE = "episode"
    UNEXPLAINED = "unexplained"
    SLOW_ENDPOINT = "slow_endpoint"
    WAITING_ENDPOINT = "waiting_endpoint"
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
    STATEMENTS_OF_ENDPOINT = "statements_of_endpoint"
    LOCK_WAITS = "lock_waits"
    POOL_WAITS = "pool_waits"
    LONG_TRANSACTION = "long_transaction"
    MOVED_STATEMENT = "moved_statement"
    CHECKPOINTS = "checkpoints"
    TEMP_FILES = "temp_files"
    SEQUENTIAL_SCANS = "sequential_scans"
    MISSING_INDEX = "missing_index"
    INVALID_INDEX = "invalid_index"
    VACUUM_OVERDUE = "vacuum_overdue"
    BUFFER_MISSES = "buffer_misses"
    DATABASE_WAITS = "database_waits"
    MEMORY_FULL = "memory_full"
    SLOW_PING = "slow_ping"
    SLOW_COMMANDS = "slow_commands"
    REDIS_REFUSED = "redis_refused"
    KEYS_LOST = "keys_lost"
    SLOW_ANSWER = "slow_answer"
    SLOW_STATEMENT = "slow_statement"
    SESSIONS_BUSY = "sessions_busy"
    SESSIONS_OPENED = "sessions_opened"
    SESSIONS_ENDED = "sessions_ended"
    CPU_SATURATED = "cpu_saturated"
    CPU_STOLEN = "cpu_stolen"
    CPU_THROTTLED = "cpu_throttled"
    PRESSURE = "pressure"
    BUSY_PROCESS = "busy_process"
    PROCESS_ENDED = "process_ended"
    HEALTH_DOWN = "health_down"
    FAULT = "fault"


class Finding(_Frozen):
    """Something worth knowing: ``title`` in a sentence, ``evidence`` as label and value pairs.

    ``at_s`` and ``until_s`` (UTC epoch seconds) say when. ``coincides_with`` names the endpoints at whose
    episode or breach it was seen; that it was at the same time is all it says, not that it was the cause.
    """

    kind: FindingKind
    title: str
    subject: str = ""
    evidence: dict[str, str | float | int | None] = {}
    at_s: float | None = None
    until_s: float | None = None
    coincides_with: tuple[str, ...] = ()


class Validity(_Frozen):
    """Whether the run may be judged at all, and if not, why not.

    ``generator_bound`` where the load generator, or its machine, had no time for the load that was planned:
    another attempt may be valid.
    """

    valid: bool
    reasons: tuple[str, ...] = ()
    generator_bound: bool = False


class Window(_Frozen):
    """What was judged, in UTC epoch seconds: the load after its warm-up, and how the warm-up was found."""

    start_s: float
    end_s: float
    warmup_s: float
    warmup_found_by: Literal["given", "data", "none"]


class AlertState(StrEnum):
    """Whether an alert would have fired. QUIET was known throughout; anything less is NOT_EVALUABLE."""

    FIRED = "FIRED"
    QUIET = "QUIET"
    NOT_EVALUABLE = "NOT_EVALUABLE"


class Firing(_Frozen):
    """When an alert fired and when it ended, UTC epoch seconds; None: not before the load did."""

    start_s: float
    end_s: float | None


class AlertResult(_Frozen):
    """One alert of the operators' policy, asked of the whole load, warm-up included. It decides nothing.

    ``worst`` and ``limit`` are in ``unit``; None is unknown. ``known`` is the share of the moments at which
    it could be evaluated. ``burn_rates`` says, by objective, how fast an error budget goes while the alert
    stands at its limit.
    """

    name: str
    level: str
    state: AlertState
    comparison: str
    limit: float
    unit: str
    worst: float | None = None
    firings: tuple[Firing, ...] = ()
    known: float = 0.0
    needs_s: float = 0.0
    burn_rates: dict[str, float] = {}
    reason: str = ""
    needs: str = ""


class BurnAlert(_Frozen):
    """One line of the multi-window burn-rate table: both windows must burn faster than ``burn``.

    ``bad_ratio`` is the share of bad events at which they do; None where not even a total outage would.
    ``fires`` says whether it would if production behaved like this run: None is open within the interval.
    ``after_s`` is how long that takes at the measured burn rate.
    """

    urgency: Literal["page", "ticket"]
    long_s: float
    short_s: float
    burn: float
    bad_ratio: float | None
    fires: bool | None
    after_s: float | None = None


class ErrorBudget(_Frozen):
    """What the run would cost of a month's error budget, if production behaved like it.

    ``burn`` 1 uses the budget up in exactly ``period_s``; ``burn_low`` and ``burn_high`` are its one-sided
    bounds at the objective's confidence. ``days_left`` counts from a full budget: None never ends. Without
    data, all of them are None and ``reason`` says why.
    """

    objective: str
    target_ratio: float
    budget_ratio: float
    period_s: float
    burn: float | None = None
    burn_low: float | None = None
    burn_high: float | None = None
    days_left: float | None = None
    share_per_hour: float | None = None
    alerts: tuple[BurnAlert, ...] = ()
    reason: str = ""


class FigureChange(_Frozen):
    """A figure before and after; ``change`` is a ratio (p95) or a difference (errors).

    ``low`` and ``high`` are its one-sided bounds; None is unknown or unbounded.
    """

    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None
    outcome: Outcome


class EndpointChange(_Frozen):
    """What became of one endpoint: its p95 in milliseconds, and the share of its requests that failed."""

    endpoint: str
    p95_ms: FigureChange
    errors: FigureChange


class BaselineComparison(_Frozen):
    """A run against its baseline. PASS: no endpoint became worse by more than the margins.

    ``margin_p95`` is a share of the p95, ``margin_errors`` a share of all requests. ``repeated`` says whether
    the baseline is more than one run: of a single one, what differs from run to run is not seen.
    """

    baseline: tuple[str, ...]
    run: str
    margin_p95: float
    margin_errors: float
    confidence: float
    repeated: bool
    decision: Decision
    endpoints: tuple[EndpointChange, ...]


class LooksTaken(_Frozen):
    """How a run was looked at while it lasted, and how the error of its verdict was spent on that.

    Moments are seconds of the load. At each of ``at_s`` the run could end as decided, for which the share
    ``spent`` of the error was used; the rest would have been spent until ``longest_s`` (None: it was judged
    once, at its end). ``decided_s`` says by objective when it was decided. At ``guarded_s`` guardrails could
    fail, which takes a tenth of their error; ``broken`` names the one that did.
    """

    at_s: tuple[float, ...] = ()
    spent: tuple[float, ...] = ()
    longest_s: float | None = None
    decided_s: dict[str, float] = {}
    guarded_s: tuple[float, ...] = ()
    broken: str = ""


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
    alerts: tuple[AlertResult, ...] = ()
    budgets: tuple[ErrorBudget, ...] = ()
    comparison: BaselineComparison | None = None
    looks: LooksTaken | None = None
    endurance: Endurance | None = None
