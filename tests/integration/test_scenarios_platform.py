"""The scenarios in plain Locust, against the reference platform: nothing fails, and nothing stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from astral_process import AstralField
from plain_locust import LOCUSTFILES, LocustRun, Until, run_locust, worker_of_a_master

from preseason.astral_field.seeding.world import PASSWORD
from preseason.embedded.server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from preseason.embedded.servers import Running

ENDPOINTS = {
    ("GET", "/api/auth/csrf"),
    ("POST", "/api/auth/callback/credentials"),
    ("GET", "/api/auth/session"),
    ("GET", "/api/teams"),
    ("GET", "/api/leagues/{id}/data"),
    ("GET", "/api/matchups"),
    ("GET", "/api/players"),
    ("POST", "/api/teams/lineup"),
    ("GET", "/api/trades"),
    ("POST", "/api/trades"),
    ("GET", "/api/waivers"),
    ("POST", "/api/waivers/claim"),
}
LOGIN = ("POST", "/api/auth/callback/credentials")
LINEUPS = "SELECT team_id, player_id, is_starter FROM roster_players ORDER BY team_id, player_id"
PENDING = "SELECT count(*) FROM trade_proposals WHERE status = 'PENDING'"


def asked(platform: AstralField, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(platform.dsn) as connection:
        return connection.execute(statement.encode()).fetchall()


def write_users(path: Path, *logins: tuple[str, str]) -> Path:
    path.write_text("\n".join(["email,password", *(",".join(login) for login in logins)]) + "\n")
    return path


@pytest.fixture(scope="module")
def platform(new_database: Callable[[], str], running_servers: Running) -> Iterator[AstralField]:
    with AstralField.started(new_database(), running_servers.redis_url) as started:
        yield started


@pytest.fixture(scope="module")
def lineups_before(platform: AstralField) -> list[tuple[Any, ...]]:
    return asked(platform, LINEUPS)


@pytest.fixture(scope="module")
def run(
    platform: AstralField, lineups_before: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> LocustRun:
    assert lineups_before
    until = Until(least_s=15, requests={**dict.fromkeys(ENDPOINTS, 1), LOGIN: 20})
    return run_locust(platform.url, tmp_path_factory.mktemp("run"), until, "-u", "20", "-r", "20")


def test_a_plain_run_of_all_scenarios_has_no_failure(run: LocustRun) -> None:
    assert run.failures == {}
    assert run.exit_code == 0, run.output


def test_a_plain_run_asks_every_endpoint_and_names_it_by_its_template(run: LocustRun) -> None:
    assert run.requests.keys() == ENDPOINTS


def test_every_user_logs_in_once(run: LocustRun) -> None:
    assert run.requests[LOGIN] == 20


@pytest.mark.usefixtures("run")
def test_after_a_run_lineups_are_as_before(
    platform: AstralField, lineups_before: list[tuple[Any, ...]]
) -> None:
    assert asked(platform, LINEUPS) == lineups_before


@pytest.mark.usefixtures("run")
def test_after_a_run_no_trade_is_pending_and_all_carry_the_mark(platform: AstralField) -> None:
    assert asked(platform, PENDING) == [(0,)]
    assert asked(platform, "SELECT DISTINCT message FROM trade_proposals") == [("[preseason] synthetic",)]
    assert asked(platform, "SELECT count(*) FROM trade_history") == [(0,)]


@pytest.mark.usefixtures("run")
def test_claims_carry_the_mark(platform: AstralField) -> None:
    assert asked(platform, "SELECT DISTINCT message FROM waiver_claims") == [("[preseason] synthetic",)]


def test_users_who_share_accounts_and_are_interrupted_leave_nothing_behind(
    platform: AstralField, tmp_path: Path
) -> None:
    files = tmp_path / "locustfiles"
    files.mkdir()
    for name in ("lineup.py", "trade.py"):
        (files / name).write_bytes((LOCUSTFILES / name).read_bytes())
    logins = [(f"manager{number}@astral.example", PASSWORD) for number in (41, 42, 43)]
    lineups = asked(platform, LINEUPS)
    written = {("POST", "/api/teams/lineup"): 2, ("POST", "/api/trades"): 2}
    run = run_locust(
        platform.url,
        tmp_path,
        Until(least_s=9, requests=written, interrupted=True),
        *("-u", "14", "-r", "14"),
        files=files,
        users_file=write_users(tmp_path / "users.csv", *logins),
    )
    assert run.failures == {}
    assert run.requests["POST", "/api/teams/lineup"] > 1, run.output
    assert run.requests["POST", "/api/trades"] > 1, run.output
    assert run.output.count("from here on users share them") == 1
    assert asked(platform, LINEUPS) == lineups
    assert asked(platform, PENDING) == [(0,)]


def test_a_wrong_password_is_tried_once_however_many_users_have_it(
    platform: AstralField, tmp_path: Path
) -> None:
    users_file = write_users(tmp_path / "users.csv", ("manager59@astral.example", "not-the-secret"))
    until = Until(least_s=4, failures=[LOGIN])
    run = run_locust(platform.url, tmp_path, until, "-u", "8", "-r", "8", users_file=users_file)
    assert run.requests[LOGIN] == 1
    assert run.failures.keys() == {LOGIN}
    assert "login refused: Configuration" in run.failures[LOGIN]
    state = "SELECT failed_logins, locked_until FROM users WHERE email = 'manager59@astral.example'"
    assert asked(platform, state) == [(1, None)]
    assert "not-the-secret" not in run.output
    assert "Traceback" not in run.output


def test_a_file_without_accounts_ends_locust_before_it_starts(platform: AstralField, tmp_path: Path) -> None:
    users_file = tmp_path / "users.csv"
    users_file.write_text("email,password\nsomebody@example.org,\n")
    run = run_locust(platform.url, tmp_path, Until(least_s=2), "-u", "1", users_file=users_file)
    assert run.exit_code == 2
    assert f"{users_file}:2: the password is empty" in run.output
    assert run.requests == {}


def test_logins_are_paced_over_all_processes_together(platform: AstralField, tmp_path: Path) -> None:
    port = str(free_port())
    run = run_locust(
        platform.url,
        tmp_path,
        Until(least_s=5, requests={LOGIN: 3}),
        *("-u", "40", "-r", "40", "--processes", "2"),
        *("--master-bind-port", port, "--master-port", port),  # by itself, each takes the same one
        logins_per_s="2",
    )
    assert 3 <= run.requests[LOGIN] <= 2 * run.ran_s + 2


def test_workers_log_in_with_the_accounts_that_their_master_was_given(
    platform: AstralField, tmp_path: Path
) -> None:
    logins = [(f"manager{number}@astral.example", "not-the-secret") for number in (51, 52)]
    port = str(free_port())
    with worker_of_a_master(port, folder=tmp_path):
        run = run_locust(
            platform.url,
            tmp_path,
            Until(least_s=4, requests={LOGIN: 2}),
            *("--master", "--expect-workers", "1", "--master-bind-port", port, "-u", "6", "-r", "6"),
            users_file=write_users(tmp_path / "users.csv", *logins),
        )
    refused = "SELECT email, failed_logins FROM users WHERE failed_logins > 0 AND email <> %s ORDER BY email"
    with psycopg.connect(platform.dsn) as connection:
        found = connection.execute(refused, ["manager59@astral.example"]).fetchall()
    assert found == [(email, 1) for email, _ in logins], run.output
    assert "not-the-secret" not in run.output


def test_a_rate_of_logins_that_is_none_ends_locust_before_it_starts(
    platform: AstralField, tmp_path: Path
) -> None:
    run = run_locust(platform.url, tmp_path, Until(least_s=2), "-u", "1", logins_per_s="quick")
    assert run.exit_code == 2
    assert "PRESEASON_LOGINS_PER_S: 'quick' is no rate" in run.output


def test_secure_cookies_over_plain_http_are_sent_back(
    new_database: Callable[[], str], running_servers: Running, tmp_path: Path
) -> None:
    with AstralField.started(new_database(), running_servers.redis_url, "--secure-cookies") as platform:
        written = {("POST", "/api/teams/lineup"): 1, ("POST", "/api/trades"): 1}
        until = Until(least_s=8, requests=written)
        run = run_locust(platform.url, tmp_path, until, "-u", "20", "-r", "20")
    assert run.failures == {}
    assert run.requests["POST", "/api/teams/lineup"] > 0
    assert run.requests["POST", "/api/trades"] > 0
