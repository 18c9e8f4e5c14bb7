"""One look at a target, judged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from check_specimen import MANUAL, NOON_S

from preseason.errors import BadInputError, ExitCode
from preseason.report.check import markdown
from preseason.run.look import (
    Activity,
    Answer,
    Entry,
    Hidden,
    IndexUse,
    Look,
    Miss,
    PostgresLook,
    PostgresSeen,
    RedisLook,
    RedisSeen,
    StatementsSeen,
    StatementUse,
    Unseen,
    Visit,
)
from preseason.verdict.check.judging import judge
from preseason.verdict.check.limits import Limits, limits_of
from preseason.verdict.check.model import CheckReport, Row, Status
from preseason.verdict.check.statements import suspects
from preseason.verdict.check.topics import Topic

HEALTH = ("", "/detailed", "/database", "/external")


def answer(name: str = "GET /api/teams", *times_ms: float, **of: object) -> Answer:
    return Answer(**{"name": name, "status": 200, "times_ms": times_ms or (5.0,), "at_s": NOON_S} | of)


def visit(*more: Answer, **of: object) -> Visit:
    healthy = [answer(f"GET /api/health{end}", body=json.dumps(MANUAL)) for end in HEALTH]
    login = answer("POST /api/auth/callback/credentials", 80.0, status=302)
    return Visit(**{"answers": (*healthy, login, *more), "entry": Entry.IN} | of)


POSTGRES = PostgresLook(
    at_s=NOON_S,
    answer_ms=0.4,
    version="18.1",
    connections=10,
    connections_limit=100,
    activity=Activity(0, 0.1, ()),
    statements=StatementsSeen("one life", {"1": StatementUse(10, 100.0)}),
    indexes=(),
    counted_since_s=NOON_S - 86400,
)
REDIS = RedisLook(
    at_s=NOON_S,
    ping_ms=0.2,
    version="7.0.15",
    memory_bytes=50e6,
    memory_limit_bytes=100e6,
    memory_policy="allkeys-lru",
    clients=3,
    clients_limit=10_000,
    life="one life",
    hits=0,
    misses=0,
    evicted=0,
    rejected=0,
)


def postgres(**changes: object) -> PostgresSeen:
    return PostgresSeen(POSTGRES, replace(POSTGRES, **changes), {"1": "SELECT 1", "2": "SELECT 2"})


def redis(**changes: object) -> RedisSeen:
    return RedisSeen(REDIS, replace(REDIS, at_s=NOON_S + 60, **changes), REDIS)


def report(look: Look | None = None, *limits: str, **of: object) -> CheckReport:
    return judge(look or looked(), limits_of(limits), **of)


def looked(**of: object) -> Look:
    known = {"target": "http://127.0.0.1", "began_s": NOON_S, "ended_s": NOON_S + 5, "visit": visit()}
    return Look(**known | of)


def row(found: CheckReport, name: str) -> Row:
    (one,) = [one for one in found.rows if one.name == name and one.topic is not Topic.FORMAT]
    return one


def test_a_healthy_target_passes_and_says_who_it_is() -> None:
    found = report(looked(postgres=postgres(), redis=redis(hits=990, misses=10)))
    assert {one.status for one in found.rows} == {Status.OK}
    assert (found.exit_code, found.platform_version, found.uptime_s) == (ExitCode.PASS, "2.1.0", 86400)


def test_what_was_not_asked_for_is_skipped_and_never_ok() -> None:
    found = report()
    assert row(found, "Postgres answers").status is Status.SKIPPED
    assert row(found, "Redis answers").status is Status.SKIPPED
    assert found.exit_code is ExitCode.PASS


def test_where_everything_was_skipped_nothing_was_decided() -> None:
    assert report(skip=tuple(Topic)).exit_code is ExitCode.UNDECIDED


@pytest.mark.parametrize(
    ("times_ms", "status"),
    [
        ((999.0,), Status.OK),
        ((1000.0,), Status.WARN),
        ((2000.0,), Status.FAIL),
        ((9000.0, 20.0, 30.0), Status.OK),
        ((20.0, 3000.0, 3000.0), Status.FAIL),
    ],
)
def test_the_middle_time_decides_so_that_a_cold_start_does_not(
    times_ms: tuple[float, ...], status: Status
) -> None:
    found = report(looked(visit=visit(answer("GET /api/teams", *times_ms))))
    assert row(found, "GET /api/teams").status is status


@pytest.mark.parametrize(
    ("miss", "status", "code"),
    [
        (Miss.STATUS, Status.FAIL, 1),
        (Miss.CONTENT, Status.FAIL, 1),
        (Miss.BROKEN, Status.FAIL, 1),
        (Miss.AWAY, Status.FAIL, 5),
        (Miss.UNASKED, Status.NO_DATA, 3),
    ],
)
def test_an_endpoint_without_an_answer_is_never_ok(miss: Miss, status: Status, code: int) -> None:
    found = report(looked(visit=visit(answer(miss=miss, why="for a reason", status=0, times_ms=()))))
    one = row(found, "GET /api/teams")
    assert (one.status, one.cause, found.exit_code) == (status, "for a reason", code)


def test_the_league_that_the_deployed_platform_does_not_serve_is_a_warning_and_no_other_endpoint() -> None:
    absent = {"status": 404, "miss": Miss.STATUS, "why": "status 404", "times_ms": ()}
    found = report(
        looked(visit=visit(answer("GET /api/league", **absent), answer("GET /api/teams", **absent)))
    )
    assert row(found, "GET /api/league").status is Status.WARN
    assert row(found, "GET /api/teams").status is Status.FAIL


@pytest.mark.parametrize(
    ("entry", "status", "code"),
    [
        (Entry.IN, Status.OK, 0),
        (Entry.NOT_TRIED, Status.SKIPPED, 0),
        (Entry.REFUSED, Status.FAIL, 2),
        (Entry.FAILED, Status.FAIL, 1),
        (Entry.LOST, Status.FAIL, 1),
    ],
)
def test_a_refused_login_is_bad_input_and_a_broken_one_the_targets_failure(
    entry: Entry, status: Status, code: int
) -> None:
    found = report(looked(visit=visit(entry=entry, why="because", account="a@example.org")))
    assert row(found, "log in").status is status
    assert found.exit_code == code
    unasked = [one for one in found.rows if one.name == "what needs a session"]
    assert [one.status for one in unasked] == ([Status.NO_DATA] if status is Status.FAIL else [])


def test_a_target_that_is_away_leaves_everything_behind_it_without_data() -> None:
    found = report(looked(visit=Unseen("connection refused"), postgres=postgres()))
    assert row(found, "GET /api/health").failed_as is ExitCode.UNREACHABLE
    assert row(found, "the API").status is row(found, "log in").status is Status.NO_DATA
    assert row(found, "Postgres answers").status is Status.OK
    assert found.exit_code is ExitCode.UNREACHABLE


def test_a_visitor_that_failed_us_says_nothing_of_the_target() -> None:
    found = report(looked(visit=Unseen("it fell silent", code=ExitCode.UNDECIDED)))
    assert row(found, "GET /api/health").status is Status.NO_DATA
    assert found.exit_code is ExitCode.UNDECIDED


@pytest.mark.parametrize("code", [ExitCode.BAD_INPUT, ExitCode.UNREACHABLE])
def test_a_server_that_cannot_be_asked_gives_its_own_code(code: ExitCode) -> None:
    assert report(looked(postgres=Unseen("no", code=code))).exit_code is code
    assert report(looked(redis=Unseen("no", code=code))).exit_code is code


def test_the_weightiest_reason_is_told() -> None:
    refused = visit(entry=Entry.REFUSED)
    assert report(looked(visit=refused, postgres=Unseen("away"))).exit_code is ExitCode.BAD_INPUT


@pytest.mark.parametrize(("connections", "status"), [(79, Status.OK), (80, Status.WARN), (95, Status.FAIL)])
def test_connections_are_held_against_the_usable_slots(connections: float, status: Status) -> None:
    assert row(report(looked(postgres=postgres(connections=connections))), "connections").status is status


def test_the_fuller_of_two_looks_counts() -> None:
    seen = PostgresSeen(replace(POSTGRES, connections=90), POSTGRES)
    assert row(report(looked(postgres=seen)), "connections").value == 0.9


def test_a_wait_for_a_lock_counts_only_where_both_looks_saw_one() -> None:
    waiting = Activity(2, 0.1, ())
    once = report(looked(postgres=postgres(activity=waiting)))
    twice = PostgresSeen(replace(POSTGRES, activity=waiting), replace(POSTGRES, activity=waiting))
    assert row(once, "waiting for locks").status is Status.OK
    assert row(report(looked(postgres=twice)), "waiting for locks").status is Status.WARN


def test_old_transactions_and_statements_that_run_long_are_warnings() -> None:
    found = report(looked(postgres=postgres(activity=Activity(0, 60.0, (2.5, 0.2)))))
    assert row(found, "oldest transaction").status is Status.WARN
    running = row(found, "statements running now")
    assert (running.status, running.value) == (Status.WARN, 2500)


def grown(calls: float, exec_ms: float, queryid: str = "1", life: str = "one life") -> PostgresSeen:
    return postgres(statements=StatementsSeen(life, {queryid: StatementUse(10 + calls, 100.0 + exec_ms)}))


@pytest.mark.parametrize(
    ("seen", "now", "so_far"),
    [
        (grown(0, 0), Status.OK, Status.OK),
        (grown(2, 1998.0), Status.OK, Status.OK),
        (grown(2, 2000.0), Status.FAIL, Status.OK),
        (grown(2, 20_000.0), Status.FAIL, Status.WARN),
        (grown(2, 20_000.0, queryid="7"), Status.OK, Status.OK),  # a command whose text is not shown
        (grown(-5, 20_000.0), Status.OK, Status.WARN),  # its entry was evicted in between
        (grown(2, 20_000.0, life="another"), Status.NO_DATA, Status.WARN),
    ],
)
def test_growth_can_fail_and_history_can_warn(seen: PostgresSeen, now: Status, so_far: Status) -> None:
    found = report(looked(postgres=seen))
    assert row(found, "slow statements just now").status is now
    assert row(found, "slow statements so far").status is so_far


def test_a_statement_that_began_between_the_looks_has_grown_from_nothing() -> None:
    seen = postgres(statements=StatementsSeen("one life", {"2": StatementUse(1, 1500.0)}))
    found = row(report(looked(postgres=seen)), "slow statements just now")
    assert (found.status, found.value) == (Status.FAIL, 1500)
    assert found.cause == "SELECT 2 (once, 1.5 s in the mean)"
    assert suspects(seen, Limits()) == ("2",)


def test_what_may_not_be_seen_is_no_data_with_its_cure() -> None:
    hidden = Hidden("our role may not", "GRANT pg_monitor")
    seen = PostgresSeen(POSTGRES, replace(POSTGRES, statements=hidden, activity=hidden, indexes=hidden))
    found = report(looked(postgres=seen))
    for name in ("slow statements just now", "sessions", "unused indexes"):
        assert (row(found, name).status, row(found, name).remedy) == (Status.NO_DATA, "GRANT pg_monitor")
    assert found.exit_code is ExitCode.UNDECIDED
    assert suspects(seen, Limits()) == ()


def test_unused_and_invalid_indexes_are_told_apart_the_largest_first() -> None:
    indexes = tuple(IndexUse(f"idx{n}", "players", n * 2**20, is_valid=n != 3) for n in range(12))
    found = report(looked(postgres=postgres(indexes=indexes)))
    unused, invalid = row(found, "unused indexes"), row(found, "invalid indexes")
    assert (unused.status, unused.said, invalid.said) == (Status.WARN, "11", "1")
    assert "in the 24 hours that scans are counted" in unused.cause
    assert ": idx11 on players (11 MiB), idx10 on players (10 MiB), " in unused.cause
    assert unused.cause.endswith(", idx4 on players (4 MiB), and 3 more")
    assert found.exit_code is ExitCode.PASS


@pytest.mark.parametrize(
    ("changes", "name", "status"),
    [
        ({"memory_bytes": 85e6}, "memory", Status.WARN),
        ({"memory_bytes": 84e6}, "memory", Status.OK),
        ({"memory_bytes": 85e9, "memory_limit_bytes": None}, "memory", Status.OK),
        ({"clients": 8000.0}, "clients", Status.WARN),
        ({"clients": 8000.0, "clients_limit": None}, "clients", Status.OK),
        ({"hits": 89.0, "misses": 11.0}, "hit rate", Status.WARN),
        ({"hits": 90.0, "misses": 10.0}, "hit rate", Status.OK),
        ({"hits": 9.0, "misses": 90.0}, "hit rate", Status.SKIPPED),
        ({"evicted": 1.0}, "evictions and refused clients", Status.WARN),
        ({"hits": 1000.0, "life": "another"}, "hit rate", Status.NO_DATA),
        ({"life": "another"}, "evictions and refused clients", Status.NO_DATA),
    ],
)
def test_redis_is_held_against_its_limits(changes: dict[str, Any], name: str, status: Status) -> None:
    assert row(report(looked(redis=redis(**changes))), name).status is status


def test_the_hit_rate_is_that_of_all_the_time_we_look() -> None:
    now = replace(REDIS, at_s=NOON_S + 600, hits=95, misses=5)
    seen = RedisSeen(replace(now, at_s=NOON_S + 590), now, REDIS)
    found = row(report(looked(redis=seen)), "hit rate")
    assert (found.status, found.value, found.said) == (Status.OK, 0.95, "100 look-ups in 10 minutes")


def test_strictly_a_warning_fails() -> None:
    look = looked(visit=visit(answer("GET /api/teams", 1500.0)))
    assert report(look).exit_code is ExitCode.PASS
    assert report(look, strict=True).exit_code is ExitCode.FAILED


def test_what_is_left_out_says_so_and_no_longer_decides() -> None:
    look = looked(visit=visit(entry=Entry.FAILED, why="x"), postgres=Unseen("away"))
    found = report(look, skip=(Topic.SESSION, Topic.ENDPOINTS, Topic.POSTGRES))
    assert found.exit_code is ExitCode.PASS
    left_out = [(one.topic, one.status) for one in found.rows if one.name == "everything"]
    assert left_out == [
        (Topic.ENDPOINTS, Status.SKIPPED),
        (Topic.SESSION, Status.SKIPPED),
        (Topic.POSTGRES, Status.SKIPPED),
    ]


def test_limits_can_be_given_and_say_so() -> None:
    look = looked(postgres=postgres(connections=60))
    found = row(report(look, "connections=50 %"), "connections")
    assert (found.status, found.limit, found.source) == (Status.WARN, 0.5, "given with --limit")


def test_every_wrong_limit_is_told_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        limits_of(["conections=80%", "response=fast", "hit-rate=101%", "slow-query", "transaction=0 s"])
    assert len(caught.value.problems) == 5
    assert "did you mean 'connections'?" in caught.value.problems[0].remedy


def test_markdown_lets_no_foreign_text_be_markup() -> None:
    hostile = visit(answer(miss=Miss.STATUS, status=500, why="| <b>x</b> | @all [l](http://x)", times_ms=()))
    text = markdown(report(looked(visit=hostile)))
    assert "<b>" not in text
    assert "](http" not in text
    assert all(line.count("|") == 5 for line in text.splitlines() if line.startswith("|"))
