"""What is told of an incident: a lock from 12:01:00 on, and everything that may be seen at the time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from preseason.run.blocking import BlockingEdge, Session
from preseason.run.manifest import Target
from preseason.run.statements import Statement
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import (
    LEAGUE,
    LINEUP,
    ORIGIN_S,
    Traffic,
    arrivals_table,
    samples_table,
    synthetic_run,
)
from preseason.verdict.findings.comoving import holm, stands_out, together
from preseason.verdict.judging import judge
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.run.requests import Endpoint
    from preseason.testing import SyntheticRun

SECONDS = 120
#: All that was due from second 60 on is answered when the lock is released in second 64.
BEGAN, ENDED = 60, 65
INCIDENT = np.arange(SECONDS)
HELD = (INCIDENT >= BEGAN) & (INCIDENT < ENDED - 1)
LOAD = "load: {model: open, rate: 20/s, duration: 120s, warmup: 0s}\n"


def locked(endpoint: Endpoint = LINEUP, per_second: int = 10) -> Traffic:
    """Requests of 10 ms, but those of four seconds all end together, when somebody let go of a lock."""
    due = np.repeat(np.arange(SECONDS), per_second)
    held = (due >= BEGAN) & (due < ENDED - 1)
    return Traffic.of(
        np.where(held, ENDED - 1, due), np.where(held, (ENDED - 1 - due) * 1000.0, 10.0), endpoint=endpoint
    )


def failing(endpoint: Endpoint = LINEUP) -> Traffic:
    due = np.repeat(np.arange(SECONDS), 10)
    return Traffic.of(due, 10.0, ~HELD[due], endpoint=endpoint, error="503 Service Unavailable")


GOOD = Traffic.steady(SECONDS, 10, 10.0, endpoint=LEAGUE)


def found(run: SyntheticRun, *objectives: str) -> tuple[Finding, ...]:
    listed = "".join(f"  - {objective}\n" for objective in objectives or ("p95 < 200 ms",))
    return judge(run, parse_slo(f"{LOAD}objectives:\n{listed}", "slo.yaml")).findings


def of_kind(findings: Sequence[Finding], *kinds: FindingKind) -> list[Finding]:
    return [finding for finding in findings if finding.kind in kinds]


def incident(**sampled: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - arguments of synthetic_run
    return found(synthetic_run(SECONDS, [locked(), GOOD], **sampled))


def gauge(source: str, metric: str, label: str, then: float, otherwise: float) -> dict[str, Any]:
    """A gauge that stands at ``then`` while the lock is held."""
    return {"samples": [samples_table({(source, metric, label): np.where(HELD, then, otherwise)})]}


def counter(source: str, metric: str, label: str, then: float, otherwise: float) -> dict[str, Any]:
    """A counter that grows by so much a second."""
    grown = np.cumsum(np.where(HELD, then, otherwise))
    return {"samples": [samples_table({(source, metric, label): grown}, epoch="one")]}


def edge(at_s: float, waiting: int, blocker: int, **of_edge: Any) -> BlockingEdge:  # noqa: ANN401 - fields
    return BlockingEdge(
        at_s=ORIGIN_S + at_s,
        waiting=Session(pid=waiting, state="active", queryid="42"),
        blocker=Session(
            pid=blocker,
            application="waiver-job",
            state="idle in transaction",
            state_s=at_s - BEGAN,
            transaction_s=9.0,
        ),
        waited_s=at_s - BEGAN,
        **of_edge,
    )


def test_an_episode_says_which_endpoint_when_and_how_much() -> None:
    (episode,) = of_kind(incident(), FindingKind.EPISODE)

    assert episode.subject == str(LINEUP)
    assert episode.title.startswith(f"p95 of {LINEUP} rose from 10")
    assert "at 12:01:00 for" in episode.title
    assert (episode.at_s, episode.until_s) == (ORIGIN_S + BEGAN, ORIGIN_S + ENDED)
    assert episode.evidence["late"] == 40


def test_an_endpoint_whose_journeys_waited_is_not_called_slow_and_who_held_the_users_is_named() -> None:
    due = np.repeat(INCIDENT, 10)
    held = (due >= BEGAN) & (due < ENDED)
    first = Traffic.of(due, np.where(held, 4000.0, 10.0), service_ms=np.full(len(due), 10.0))
    hung = Traffic.of([ENDED - 1] * 4, 5000.0, ok=[False] * 4, endpoint=LINEUP)
    starved = [5 * bool(BEGAN <= second < ENDED) for second in range(SECONDS)]
    run = synthetic_run(
        SECONDS,
        [first, hung],
        arrivals=arrivals_table([20] * SECONDS, starved=starved),
        samples=[samples_table({("host", "cpu", ""): np.where(HELD, 1.0, 0.1)})],
    )

    findings = found(run, "p99 < 200 ms", "p95 < 200 ms")

    (waiting,) = of_kind(findings, FindingKind.WAITING_ENDPOINT)
    assert waiting.title.startswith(f"{LEAGUE} answers in time, p95 10")
    (episode,) = of_kind(findings, FindingKind.EPISODE)
    assert "only because its journeys waited to begin (10" in episode.title
    held_by = of_kind(findings, FindingKind.ARRIVALS_LOST)[0]
    assert held_by.title.startswith(
        f"25 journeys waited for a free user, held most by {LINEUP}, 5 s a request"
    )
    assert held_by.title in episode.title
    assert not of_kind(findings, FindingKind.SLOW_ENDPOINT, FindingKind.CPU_SATURATED)


def test_an_episode_in_which_more_came_late_but_none_as_late_as_the_latest_does_not_say_that_p95_rose() -> (
    None
):
    due = np.repeat(INCIDENT, 10)
    often = np.tile(np.arange(10) == 0, SECONDS)
    late = np.where((due >= BEGAN) & (due < ENDED), 250.0, np.where(often, 900.0, 10.0))
    (episode,) = of_kind(
        found(synthetic_run(SECONDS, [Traffic.of(due, late, endpoint=LINEUP), GOOD]), "p80 < 200 ms"),
        FindingKind.EPISODE,
    )
    assert episode.title.startswith(f"50 of 50 requests to {LINEUP} came late at 12:01:00 for 5 s")


def test_an_episode_that_nothing_moved_with_says_so() -> None:
    (episode,) = of_kind(incident(), FindingKind.EPISODE)

    assert episode.title.endswith("; nothing that was sampled moved with it")


def test_endpoints_that_suffer_together_are_one_incident() -> None:
    run = synthetic_run(SECONDS, [locked(), locked(LEAGUE, per_second=5)])

    (episode,) = of_kind(found(run), FindingKind.EPISODE)

    assert episode.coincides_with == (str(LINEUP), str(LEAGUE))
    assert "and 1 other endpoint suffered" in episode.title


def test_a_run_that_stays_as_it_is_has_no_episode_and_no_cause() -> None:
    noise = np.random.default_rng(7).lognormal(3.5, 0.5, 10 * SECONDS)
    steady = Traffic.steady(SECONDS, 10, noise, endpoint=LINEUP)
    locks_all_along = samples_table({("postgres", "waits", "Lock"): np.ones(SECONDS)})

    assert found(synthetic_run(SECONDS, [steady, GOOD], samples=[locks_all_along])) == ()


def test_failures_are_an_episode_of_their_own_and_their_reason_is_told() -> None:
    findings = found(synthetic_run(SECONDS, [failing(), GOOD]), "errors < 1 %")

    (episode,) = of_kind(findings, FindingKind.EPISODE)
    assert episode.title.startswith(f"{LINEUP} failed 100 % of its requests at 12:01:00 for 4 s")
    assert "at the same time POST /api/teams/lineup failed 40 times then: 503" in episode.title


@pytest.mark.parametrize(("rows_a_scan", "told"), [(50_000, ["public.bids"]), (300, [])])
def test_scans_are_told_of_tables_of_some_size_only(rows_a_scan: int, told: list[str]) -> None:
    scans = np.cumsum(np.where(HELD, 200.0, 0.0))
    read = {
        ("postgres", "table_seq_scans", "public.bids"): scans,
        ("postgres", "table_seq_rows", "public.bids"): scans * rows_a_scan,
    }

    found = incident(samples=[samples_table(read, epoch="one")])

    assert [one.subject for one in of_kind(found, FindingKind.SEQUENTIAL_SCANS)] == told


def test_the_blocker_its_state_the_table_and_how_many_waited_are_named() -> None:
    """31 sessions wait for one, one of them behind another that waits itself."""
    edges = tuple(
        edge(second, 100 + waiter, 99 if waiter else 101, lock_kind="transactionid", relation="public.bids")
        for second in range(BEGAN + 1, ENDED)
        for waiter in range(31)
    )
    run = replace(
        synthetic_run(SECONDS, [locked(), GOOD]),
        edges=edges,
        texts=(Statement(queryid="42", text="UPDATE bids SET amount = $1 WHERE id = $2"),),
    )

    episode, cause = of_kind(found(run), FindingKind.EPISODE, FindingKind.LOCK_WAITS)

    who = "behind a session of waiver-job that was idle in transaction for 4 s"
    assert cause.title == f"31 sessions waited for a row lock of public.bids, {who}"
    assert cause.subject == "public.bids"
    assert cause.evidence["blocker_pid"] == 99
    assert cause.evidence["waiting_statement"] == "UPDATE bids SET amount = $1 WHERE id = $2"
    assert cause.coincides_with == (str(LINEUP),)
    assert f"at the same time {cause.title}" in episode.title
    assert (cause.at_s, cause.until_s) == (ORIGIN_S + BEGAN, ORIGIN_S + ENDED - 1)


def test_locks_at_another_time_explain_nothing() -> None:
    run = replace(
        synthetic_run(SECONDS, [locked(), GOOD]),
        edges=(edge(20, 100, 99, lock_kind="tuple"), edge(100, 100, 99, lock_kind="tuple")),
    )

    assert of_kind(found(run), FindingKind.LOCK_WAITS) == []


@pytest.mark.parametrize(
    ("sampled", "kind", "words"),
    [
        (gauge("postgres", "waits", "Lock", 31, 0), FindingKind.LOCK_WAITS, "31 sessions waited for a lock"),
        (
            gauge("postgres", "waits_on", "Lock:transactionid", 31, 0),
            FindingKind.LOCK_WAITS,
            "31 sessions waited for a row lock",
        ),
        (gauge("postgres", "blocked", "", 3, 0), FindingKind.LOCK_WAITS, "3 sessions waited for a lock"),
        (
            gauge("postgres", "waits", "IO", 9, 0),
            FindingKind.DATABASE_WAITS,
            "9 sessions waited for the disk",
        ),
        (
            gauge("postgres", "oldest_transaction_s", "", 8, 0.1),
            FindingKind.LONG_TRANSACTION,
            "a transaction was open for 8 s",
        ),
        (
            gauge("pgbouncer", "clients_waiting", "app/web", 12, 0),
            FindingKind.POOL_WAITS,
            "12 clients waited for a connection in the pool app/web",
        ),
        (gauge("redis", "ping_ms", "", 800, 0.2), FindingKind.SLOW_PING, "Redis took up to 800 ms"),
        (
            counter("redis", "command_us", "keys", 600_000, 100),
            FindingKind.SLOW_COMMANDS,
            "s in KEYS, which keeps all others waiting",
        ),
        (
            counter("redis", "error_replies", "OOM", 30, 0),
            FindingKind.REDIS_REFUSED,
            "commands with OOM, as its memory is full and it evicts nothing",
        ),
        (counter("redis", "rejected_connections", "", 3, 0), FindingKind.REDIS_REFUSED, "maxclients was"),
        (gauge("redis", "keys", "", 10, 1000), FindingKind.KEYS_LOST, "990 of 1\u202f000 keys at once"),
        (
            gauge("postgres", "slowest_active_s", "", 4.0, 0.01),
            FindingKind.SLOW_STATEMENT,
            "a statement had been running for up to 4 s",
        ),
        (
            gauge("collectors", "collector_ms", "postgres", 900, 9),
            FindingKind.SLOW_ANSWER,
            "Postgres took up to 900 ms to answer",
        ),
        (
            {
                "samples": [
                    samples_table(
                        {
                            ("postgres", "connections"): np.full(SECONDS, 20),
                            ("postgres", "connections_by_state", "idle"): np.where(HELD, 0, 12),
                        }
                    )
                ]
            },
            FindingKind.SESSIONS_BUSY,
            "none of 20 sessions was idle",
        ),
        (
            counter("postgres", "sessions", "", 40, 0),
            FindingKind.SESSIONS_OPENED,
            "sessions of Postgres were",
        ),
        (
            {
                "samples": [
                    samples_table(
                        {
                            ("postgres", "sessions_killed"): np.where(
                                INCIDENT % 10 == 5, (INCIDENT > BEGAN) * 1.0, np.nan
                            )
                        },
                        epoch="one",
                    )
                ]
            },
            FindingKind.SESSIONS_ENDED,
            "somebody ended 1 session of Postgres",
        ),
        (gauge("host", "cpu", "", 0.99, 0.3), FindingKind.CPU_SATURATED, "99 % of the processors"),
        (
            gauge("host", "cpu_stolen", "db", 0.4, 0.0),
            FindingKind.CPU_STOLEN,
            "40 % of the processor time of db",
        ),
        (gauge("host", "process_cpu", "platform", 0.98, 0.2), FindingKind.BUSY_PROCESS, "platform kept 0.72"),
        (gauge("health", "up", "", 0, 1), FindingKind.HEALTH_DOWN, "did not answer well at 4 of"),
        (gauge("generator", "cpu", "7", 0.97, 0.2), FindingKind.GENERATOR_BUSY, "generator itself was busy"),
        (counter("redis", "evicted_keys", "", 50, 0), FindingKind.EVICTIONS, "Redis evicted"),
        (
            counter("postgres", "checkpoints_requested", "", 0.5, 0),
            FindingKind.CHECKPOINTS,
            "2 checkpoints had to begin",
        ),
        (counter("postgres", "temp_bytes", "", 2**23, 0), FindingKind.TEMP_FILES, "of temporary files"),
        (
            counter("host", "cgroup_throttled_us", "platform", 7e5, 0),
            FindingKind.CPU_THROTTLED,
            "by its CPU quota",
        ),
        (
            counter("host", "pressure_us", "io.some", 9e5, 1e4),
            FindingKind.PRESSURE,
            "tasks waited for the disk",
        ),
        (
            {
                "timeline": [
                    Event(
                        at_s=ORIGIN_S + 59,
                        until_s=ORIGIN_S + 64,
                        kind=EventKind.GAP,
                        source="redis",
                        text="no answer",
                    )
                ]
            },
            FindingKind.GAP,
            "redis could not be sampled: no answer",
        ),
        (
            {
                "timeline": [
                    Event(
                        at_s=ORIGIN_S + 61,
                        kind=EventKind.NOTE,
                        source="host",
                        text="process api (7) has ended",
                    )
                ]
            },
            FindingKind.PROCESS_ENDED,
            "process api (7) has ended",
        ),
    ],
)
def test_what_moved_with_an_episode_is_told(sampled: dict[str, Any], kind: FindingKind, words: str) -> None:
    findings = incident(**sampled)

    (episode,) = of_kind(findings, FindingKind.EPISODE)
    (cause,) = [one for one in of_kind(findings, kind) if one.coincides_with]
    assert words in cause.title
    assert f"at the same time {cause.title}" in episode.title
    assert cause.at_s is not None
    assert cause.at_s <= ORIGIN_S + ENDED


@pytest.mark.parametrize(
    "sampled",
    [
        gauge("postgres", "waits", "Lock", 1, 1),
        gauge("redis", "ping_ms", "", 0.3, 0.2),
        gauge("redis", "keys", "", 900, 1000),
        gauge("collectors", "collector_ms", "postgres", 900, 900),
        gauge("postgres", "connections_by_state", "idle", 0, 0),
        counter("redis", "command_us", "get", 200, 200),
        counter("redis", "error_replies", "WRONGTYPE", 1, 1),
        counter("redis", "error_replies", "ERR", 20, 0),
        gauge("host", "cpu", "", 0.95, 0.95),
        gauge("host", "process_cpu", "collectors", 0.9, 0.0),
        gauge("health", "up", "", 1, 1),
        counter("redis", "keyspace_hits", "", 50, 50),
        counter("postgres", "temp_bytes", "", 2**23, 2**23),
    ],
)
def test_what_is_always_so_explains_no_episode(sampled: dict[str, Any]) -> None:
    (episode,) = of_kind(incident(**sampled), FindingKind.EPISODE)

    assert episode.title.endswith("nothing that was sampled moved with it")


def test_a_look_that_took_four_seconds_tells_about_all_of_them() -> None:
    looks = np.where(INCIDENT == BEGAN, 3900.0, 9.0)
    looks[BEGAN + 1 : ENDED - 1] = np.nan
    late = {("collectors", "collector_ms", "postgres"): looks}
    busy = {("host", "cpu"): np.where(HELD, 0.99, 0.3)}

    findings = incident(samples=[samples_table(late | busy)])

    (episode,) = of_kind(findings, FindingKind.EPISODE)
    assert "; at the same time Postgres took up to 3.9 s to answer" in episode.title


def test_a_hit_rate_that_falls_with_an_episode_is_told_with_both_rates() -> None:
    asked: dict[Any, Any] = {
        ("redis", "keyspace_hits"): np.cumsum(np.where(HELD, 2, 95)),
        ("redis", "keyspace_misses"): np.cumsum(np.where(HELD, 98, 5)),
    }

    (cause,) = of_kind(incident(samples=[samples_table(asked, epoch="a")]), FindingKind.LOW_HIT_RATE)

    assert cause.title.startswith("the redis hit rate fell from 94.6 % to ")
    assert cause.evidence["hit_rate"] == pytest.approx(0.408, abs=0.001)


def statements_of(calls: np.ndarray, mean_ms: np.ndarray, queryid: str = "42") -> dict[Any, Any]:
    """Counters of one statement by second, as they are read every ten seconds."""
    read = np.arange(SECONDS) % 10 == 0
    kept = {
        ("postgres", "statement_calls", queryid): np.cumsum(calls) - calls,
        ("postgres", "statement_exec_ms", queryid): np.cumsum(calls * mean_ms) - calls * mean_ms,
        ("postgres", "statements"): np.ones(SECONDS),
    }
    return {key: np.where(read, values, np.nan) for key, values in kept.items()}


def test_a_cache_that_is_emptied_and_fills_again_is_told_by_the_command() -> None:
    calls = {
        ("redis", "command_calls", "flushall"): np.cumsum(INCIDENT == BEGAN + 1) * 2.0 + 7,
        ("redis", "command_calls", "get"): INCIDENT * 9.0,
    }
    (told,) = of_kind(incident(samples=[samples_table(calls, epoch="one")]), FindingKind.KEYS_LOST)

    assert told.title == "Redis was emptied 2 times by FLUSHALL"
    assert told.coincides_with == (str(LINEUP),)


def test_keys_that_a_counted_command_took_are_told_once_and_others_apart() -> None:
    sampled = {
        ("redis", "command_calls", "flushall"): np.cumsum(INCIDENT == BEGAN + 1) + 7.0,
        ("redis", "keys"): np.where(INCIDENT > BEGAN, np.where(INCIDENT > BEGAN + 9, 5.0, 2000.0), 1000.0),
    }
    sampled["redis", "keys"][BEGAN + 1] = 0.0
    told = [
        one.title
        for one in of_kind(incident(samples=[samples_table(sampled, epoch="a")]), FindingKind.KEYS_LOST)
    ]

    assert sum("emptied once by FLUSHALL" in title for title in told) == 1
    assert sum("1\u202f995 of 2\u202f000 keys at once" in title for title in told) == 1
    assert len(told) == 2


@pytest.mark.parametrize("up", [1.0, 0.0])
def test_a_health_page_that_says_nothing_of_what_fails_is_told(up: float) -> None:
    looks = np.where(INCIDENT % 2 == 0, np.where(HELD, up, 1.0), np.nan)
    run = synthetic_run(SECONDS, [failing(), GOOD], samples=[samples_table({("health", "up"): looks})])
    told = [one for one in found(run) if "who watches it alone saw nothing" in one.title]
    assert len(told) == up
    assert all(f"100 % of the requests to {LINEUP} failed" in one.title for one in told)


@pytest.mark.parametrize(
    ("kind", "busy", "platform", "said"),
    [
        ("embedded", 1.0, 0.5, "1.5 of its 2 processors worked for processes that are neither ours"),
        ("remote", 1.0, 0.5, "1.5 of its 2 processors worked for processes that this run does not know"),
        ("embedded", 1.0, 1.8, ""),
        ("embedded", 0.5, 0.1, ""),
    ],
)
def test_a_machine_that_others_kept_busy_is_told(kind: str, busy: float, platform: float, said: str) -> None:
    used = {
        ("host", "cpu", ""): np.full(SECONDS, busy),
        ("host", "process_cpu", "platform"): np.full(SECONDS, platform),
    }
    target = Target(url="http://127.0.0.1:1", kind=kind)
    run = synthetic_run(SECONDS, [GOOD], samples=[samples_table(used)], target=target)
    told = [one.title for one in of_kind(found(run), FindingKind.CPU_SATURATED)]
    assert [said in title for title in told] == [True] * bool(said)


def test_a_statement_that_took_longer_at_the_time_is_told_and_one_as_ever_is_not() -> None:
    calls = np.random.default_rng(3).poisson(10, SECONDS).astype(float)
    table = samples_table(
        {**statements_of(calls, np.ones(SECONDS), "41"), **statements_of(calls, np.where(HELD, 900.0, 1.0))},
        epoch="one",
    )

    moved = of_kind(incident(samples=[table]), FindingKind.MOVED_STATEMENT)

    assert [finding.subject for finding in moved] == ["42"]
    assert moved[0].evidence["usual_mean_ms"] == pytest.approx(1.0)
    assert "otherwise 1 ms" in moved[0].title


def test_too_few_snapshots_are_called_too_few() -> None:
    counters = statements_of(np.full(SECONDS, 10.0), np.where(HELD, 900.0, 1.0))
    at_times = np.isin(INCIDENT, (0, 50, 90))
    read = {key: np.where(at_times, values, np.nan) for key, values in counters.items()}

    (moved,) = of_kind(incident(samples=[samples_table(read, epoch="one")]), FindingKind.MOVED_STATEMENT)

    assert "too few snapshots to rule out chance" in moved.title
    assert "p" not in moved.evidence


def test_the_statements_of_an_endpoint_are_those_whose_calls_moved_with_its_requests() -> None:
    generator = np.random.default_rng(5)
    mine, others = (generator.poisson(10, SECONDS) * (1 + (INCIDENT // 10) % 3) for _ in range(2))
    others = np.roll(others, 15)
    slow = Traffic.of(np.repeat(INCIDENT, mine), 300.0, endpoint=LINEUP)
    table = samples_table(
        {
            **statements_of(3.0 * mine, np.ones(SECONDS), "3"),
            **statements_of(1.0 * others, np.ones(SECONDS), "1"),
        },
        epoch="one",
    )

    (told,) = of_kind(
        found(synthetic_run(SECONDS, [slow], samples=[table])), FindingKind.STATEMENTS_OF_ENDPOINT
    )

    assert told.subject == str(LINEUP)
    assert told.title.startswith(f"calls that moved with {LINEUP}: 3 a request: 3")


def test_a_statement_is_told_of_the_endpoint_that_calls_it_not_of_those_asked_beside_it() -> None:
    generator = np.random.default_rng(11)
    journeys = generator.poisson(8 * (1 + (INCIDENT // 10) % 4))
    looked = journeys + generator.poisson(6, SECONDS)  # each journey looks first, and so do others
    traffic = [
        Traffic.of(np.repeat(INCIDENT, looked), 300.0, endpoint=LEAGUE),
        Traffic.of(np.repeat(INCIDENT, journeys), 300.0, endpoint=LINEUP),
    ]
    table = samples_table(
        {
            **statements_of(16.0 * journeys, np.ones(SECONDS), "16"),
            **statements_of(1.0 * looked, np.ones(SECONDS), "1"),
        },
        epoch="one",
    )

    findings = found(synthetic_run(SECONDS, traffic, samples=[table]))
    told = of_kind(findings, FindingKind.STATEMENTS_OF_ENDPOINT)

    assert {one.subject: one.title.count(" a request: ") for one in told} == {str(LEAGUE): 1, str(LINEUP): 1}
    assert all("16 a request: 16" in one.title for one in told if one.subject == str(LINEUP))


@pytest.mark.parametrize(
    ("retries", "closed_idle", "hidden"), [(3, 400, False), (16, 0, True), (16, 5, True), (16, None, False)]
)
def test_requests_sent_again_are_blamed_on_a_time_out_only_where_idle_connections_met_it(
    retries: int,
    closed_idle: int | None,
    hidden: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    counts = {("generator", "stale_retries", "generator-0"): np.linspace(0, retries, SECONDS)}
    if closed_idle is not None:
        counts["generator", "closed_idle", "generator-0"] = np.linspace(0, closed_idle, SECONDS)

    notes = of_kind(found(synthetic_run(SECONDS, [GOOD], samples=[samples_table(counts)])), FindingKind.NOTE)

    (told,) = [one for one in notes if "sent again" in one.title]
    assert told.title.startswith(f"{retries} requests were sent again, because the target ended a kept")
    assert ("that was no time-out" in told.title) is hidden


def test_a_breach_all_along_that_nothing_explains_says_so() -> None:
    findings = found(synthetic_run(SECONDS, [Traffic.steady(SECONDS, 10, 400.0, endpoint=LINEUP), GOOD]))

    assert of_kind(findings, FindingKind.EPISODE) == []
    (unexplained,) = of_kind(findings, FindingKind.UNEXPLAINED)
    assert unexplained.title == f"{LINEUP} was slow all along; nothing that was sampled moved with it"


def test_a_breach_all_along_is_told_with_what_stood_high_all_along() -> None:
    slow = Traffic.steady(SECONDS, 10, 400.0, endpoint=LINEUP)
    busy = samples_table({("host", "cpu"): np.full(SECONDS, 0.97)})

    findings = found(synthetic_run(SECONDS, [slow, GOOD], samples=[busy]))

    (cause,) = of_kind(findings, FindingKind.CPU_SATURATED)
    assert cause.coincides_with == (str(LINEUP),)
    assert of_kind(findings, FindingKind.UNEXPLAINED) == []


def test_one_failure_is_a_failure_once() -> None:
    one = Traffic.of([30], 10.0, ok=False, endpoint=LINEUP)

    (told,) = of_kind(found(synthetic_run(SECONDS, [GOOD, one])), FindingKind.ERRORS_BY_KIND)

    assert told.title == f"{LINEUP} failed once: 500 Internal Server Error"


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("count", [8, 30, 100])
def test_independent_series_move_together_in_hardly_more_than_one_of_twenty_cases(
    memory: float, count: int
) -> None:
    """However much neighbouring points of each repeat each other."""
    generator = np.random.default_rng(1)
    series = generator.standard_normal((2000, count))
    for point in range(1, count):
        series[:, point] = memory * series[:, point - 1] + np.sqrt(1 - memory**2) * series[:, point]

    pairs = [together(series[row], series[row + 1 : row + 2])[0] for row in range(0, 2000, 2)]
    ps = [one.p for one in pairs if one is not None]

    assert len(ps) == 1000
    assert np.mean(np.array(ps) < 0.05) < 0.1


def test_five_points_are_too_few_to_move_together() -> None:
    line = np.arange(5.0)

    assert together(line, line[None, :]) == [None]


def test_a_value_stands_out_as_the_prediction_interval_of_a_normal_variable_says() -> None:
    """Of 1 … 5: mean 3, s 1.5811; 6.7 is t = 2.1361 with four degrees of freedom, one-sided p = 0.0498."""
    others = np.array([1.0, 2.0, 3.0, 4.0, 5.0])

    assert stands_out(6.7, others) == pytest.approx(0.0498, abs=0.0002)
    assert stands_out(6.7, others[:2]) is None


def test_p_values_are_adjusted_as_holm_published_it() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
