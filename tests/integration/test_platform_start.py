from __future__ import annotations

import csv
import stat
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from astral_process import LEAGUES, AstralField, launched, log_in
from patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOWHERE = "postgresql://user:secret@127.0.0.1:1/none"


def refused(dsn: str, redis_url: str, *flags: str) -> tuple[int, str]:
    """The exit code and what is said of a platform that does not start."""
    with launched(dsn, redis_url, *flags) as process:
        try:
            _, complaint = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert "Traceback" not in complaint
    assert "secret" not in complaint
    return process.returncode, complaint


def test_it_says_where_it_answers_and_ends_when_asked_to(
    new_database: Callable[[], str], redis_url: str
) -> None:
    with AstralField.started(new_database(), redis_url) as platform:
        [ready] = platform.said
        assert set(ready) == {"event", "url", "pid", "version"}
        assert ready["pid"] == platform.process.pid
        with platform.client() as http:
            assert http.get("/api/health").json()["version"] == ready["version"]
        assert platform.stop() == 0
        assert not platform.complained


def test_it_writes_every_account_for_its_owner_only(
    new_database: Callable[[], str], redis_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "users.csv"
    with AstralField.started(new_database(), redis_url, "--users-file", str(file)) as platform:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert len(rows) == LEAGUES * 10
        assert rows[0].keys() == {"email", "password"}
        with platform.client() as http:
            assert "next-auth.session-token" in log_in(http, rows[-1]["email"], rows[-1]["password"]).cookies


def test_seeding_again_with_the_same_numbers_changes_nothing(
    new_database: Callable[[], str], redis_url: str
) -> None:
    dsn = new_database()
    query = "SELECT id, (SELECT count(*) FROM waiver_claims) FROM installation"
    found = []
    with AstralField.started(dsn, redis_url) as platform, platform.manager(1) as manager:
        [player, *_] = manager.http.get("/api/waivers", params={"userId": manager.user_id}).json()[
            "availablePlayers"
        ]
        manager.post("/api/waivers/claim", userId=manager.user_id, playerId=player["id"])
    for flags in ([], ["--seed", "3"]):
        with AstralField.started(dsn, redis_url, *flags), psycopg.connect(dsn) as connection:
            found.append(connection.execute(query).fetchone())
    (first, claims), (second, claims_after_another_seed) = (row for row in found if row)
    assert first != second
    assert [claims, claims_after_another_seed] == [1, 0]


def test_tables_of_another_application_are_left_alone(
    new_database: Callable[[], str], redis_url: str
) -> None:
    dsn = new_database()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id integer)")
        code, complaint = refused(dsn, redis_url)
        assert code == 2
        assert "another application (users)" in complaint
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    code, complaint = refused(
        "secret gibberish",
        "http://:secret@host",
        *("--port", "70000", "--leagues", "0", "--seed", "-1"),
        *("--users-file", str(tmp_path / "missing" / "users.csv")),
        *("--fault", "cache-of", "--fault", "stall@soon"),
    )
    assert code == 2
    for place in ("--postgres", "--redis", "--port", "--leagues", "--seed", "--users-file", "--fault stall@"):
        assert place in complaint
    assert "one of: cache-off, slow-query" in complaint


def test_servers_that_do_not_answer_are_named(new_database: Callable[[], str], redis_url: str) -> None:
    code, complaint = refused(NOWHERE, redis_url)
    assert code == 5
    assert "--postgres" in complaint
    code, complaint = refused(new_database(), "redis://:secret@127.0.0.1:1/0", "--leagues", "1")
    assert code == 5
    assert "--redis" in complaint


@pytest.mark.parametrize("flags", [["--host", "192.0.2.1"], ["--host", "no such host"]])
def test_an_address_that_is_not_ours_is_refused(
    new_database: Callable[[], str], redis_url: str, flags: list[str]
) -> None:
    code, complaint = refused(new_database(), redis_url, *flags)
    assert code == 2
    assert flags[1] in complaint


def test_a_port_in_use_is_refused(astral_field: AstralField, redis_url: str) -> None:
    port = httpx.URL(astral_field.url).port
    code, complaint = refused(astral_field.dsn, redis_url, "--port", str(port))
    assert code == 2
    assert f"127.0.0.1:{port}" in complaint
