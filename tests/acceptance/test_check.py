"""``preseason check`` from the outside: tables, documents and exit codes, against real servers."""

from __future__ import annotations

import html
import json
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import hostile
import psycopg
import pytest
from commandline import CommandLine, Said, interrupt
from in_process import InProcess

from preseason.embedded import servers
from preseason.run.health import FIELDS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hostile import Misdeed, Visit

    from preseason.embedded.servers import Running

HEALTHY = {
    "status": "healthy",
    "timestamp": "2024-12-01T12:00:00Z",
    "version": "2.1.0",
    "uptime": 86400,
    "checks": {
        "database": {"status": "healthy", "responseTime": 45, "lastCheck": "2024-12-01T12:00:00Z"},
        "redis": {"status": "healthy", "responseTime": 12, "memory": "85%"},
        "external_apis": {"sleeper": "healthy", "anthropic": "healthy"},
    },
}
PLAYERS = {
    "players": [{"id": "p1", "name": "A", "position": "QB", "nflTeam": "KC"}],
    "total": 1,
    "pages": 1,
    "currentPage": 1,
}
#: What a check finds does not depend on how long this machine takes for an answer.
UNHURRIED = ("--limit", "response=60s", "--limit", "response-critical=60s")
HEALTH_PATHS = ("/api/health", "/api/health/detailed", "/api/health/database", "/api/health/external")
#: What is asked for in vain of each endpoint, and how that is told.
BROKEN = {
    "/api/health": (hostile.never_answers, "total time exceeded"),
    "/api/health/detailed": (hostile.streams_a_gigabyte, "body exceeds the limit"),
    "/api/health/database": (hostile.answers_garbage, "malformed answer"),
    "/api/health/external": (lambda visit: visit.answer(b"[" * 100_000), "no JSON object"),
    "/api/players": (hostile.closes_midway, "connection closed within an answer"),
}


@dataclass(frozen=True)
class Platform:
    """A reference platform with servers of its own."""

    url: str
    users: Path
    servers: Running

    @property
    def arguments(self) -> list[str | Path]:
        named = ["--target", self.url, "--users", self.users]
        return [*named, "--postgres", self.servers.postgres_dsn, "--redis", self.servers.redis_url]


@pytest.fixture
def preseason(tmp_path: Path) -> InProcess:
    return InProcess(tmp_path)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    with (
        servers.start() as running,
        CommandLine(folder).started(
            *("platform", "--port", "0", "--leagues", "2", "--users-file", folder / "users.csv"),
            *("--postgres", running.postgres_dsn, "--redis", running.redis_url),
        ) as process,
    ):
        assert process.stdout
        yield Platform(json.loads(process.stdout.readline())["url"], folder / "users.csv", running)
        interrupt(process)


def document(said: Said) -> dict[str, Any]:
    assert "Traceback" not in said.all
    return json.loads(said.output)


def statuses(found: dict[str, Any]) -> dict[str, str]:
    """By topic and name."""
    return {f"{row['topic']}: {row['name']}": row["status"] for row in found["rows"]}


def cause_of(found: dict[str, Any], name: str, status: str) -> str:
    (cause,) = [row["cause"] for row in found["rows"] if (row["name"], row["status"]) == (name, status)]
    return cause


def answers(body: object, status: int = 200) -> Misdeed:
    data = json.dumps(body).encode()

    def misdeed(visit: Visit) -> None:
        visit.send(f"HTTP/1.1 {status} .\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)

    return misdeed


def now() -> dict[str, Any]:
    return HEALTHY | {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def test_without_a_target_the_reference_platform_is_looked_at_and_is_well(tmp_path: Path) -> None:
    said = CommandLine(tmp_path)("check", "--json", "--quiet", *UNHURRIED, "--limit", "slow-query=60s")
    found = document(said)
    assert said.exit_code == 0, said.all
    assert said.errors == ""
    by_name = statuses(found)
    assert {by_name[name] for name in by_name if not name.startswith(("indexes", "hit-rate"))} == {"OK"}
    assert found["lacking"] == []
    assert found["platform_version"] == "2.1.0-reference"


def test_a_fault_of_the_reference_platform_is_found_and_fails(tmp_path: Path) -> None:
    unhurried = ("--limit", "response-critical=60s")
    said = CommandLine(tmp_path)("check", "--fault", "slow-query", "--json", *unhurried)
    found = document(said)
    assert said.exit_code == 1, said.all
    assert "WITH RECURSIVE passes" in cause_of(found, "slow statements just now", "FAIL")
    assert statuses(found)["endpoints: GET /api/players"] == "WARN"


def test_what_is_wrong_in_the_database_is_named_and_only_warns(
    preseason: InProcess, platform: Platform
) -> None:
    with psycopg.connect(platform.servers.postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE forgotten (id int PRIMARY KEY, a int, b int UNIQUE)")
        connection.execute("CREATE INDEX forgotten_a ON forgotten (a)")
        connection.execute("SELECT pg_sleep(1.2)")
        said = preseason("check", *platform.arguments, "--json", *UNHURRIED)
        connection.execute("DROP TABLE forgotten")
    found = document(said)
    assert said.exit_code == 0, said.all
    unused = cause_of(found, "unused indexes", "WARN")
    assert ("forgotten_a" in unused, "pkey" in unused, "_key" in unused) == (True, False, False)
    assert "pg_sleep" in cause_of(found, "slow statements so far", "WARN")


def test_a_table_says_what_was_measured_and_why_each_check_is_not_ok(
    preseason: InProcess, platform: Platform
) -> None:
    said = preseason("check", *platform.arguments, "--limit", "connections=1 %", "--strict")
    assert said.exit_code == 1, said.all
    assert re.search(r"FAIL +connections +connections +\d+ of 97, [\d.]+\s% +< 1\s%", said.output)
    assert "FAIL connections: few are left for whoever comes next [given with --limit]" in said.output
    assert f"{platform.url}: " in said.output.splitlines()[-1]
    password = platform.servers.postgres_dsn.split(":")[2].partition("@")[0]
    assert password not in said.all


def test_markdown_is_a_table(preseason: InProcess, platform: Platform) -> None:
    said = preseason("check", "--target", platform.url, "--markdown", "--quiet", *UNHURRIED)
    assert html.unescape(said.output).startswith(f"# Check of {platform.url}")
    assert "| OK | GET /api/health |" in said.output


def test_a_refused_login_is_bad_input_and_everything_else_is_looked_at(
    preseason: InProcess, platform: Platform, tmp_path: Path
) -> None:
    email = platform.users.read_text().splitlines()[1].partition(",")[0]
    (tmp_path / "users.csv").write_text(f"email,password\n{email},not-it\n")
    users = ("--users", tmp_path / "users.csv")
    said = preseason("check", "--target", platform.url, *users, "--json", *UNHURRIED)
    assert said.exit_code == 2, said.all
    by_name = statuses(document(said))
    assert by_name["session: log in"] == "FAIL"
    assert by_name["endpoints: what needs a session"] == "NO DATA"
    assert by_name["health: GET /api/health"] == "OK"
    assert "not-it" not in said.all


def test_a_role_that_may_not_see_statements_leaves_the_check_undecided(
    preseason: InProcess, platform: Platform
) -> None:
    with psycopg.connect(platform.servers.postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE onlooker LOGIN PASSWORD 'blind'")
        dsn = platform.servers.postgres_dsn.rpartition("@")[2]
        onlooker = f"postgresql://onlooker:blind@{dsn}"
        said = preseason("check", "--target", platform.url, "--postgres", onlooker, *UNHURRIED)
        connection.execute("DROP ROLE onlooker")
    assert said.exit_code == 3, said.all
    assert 'GRANT pg_monitor TO "onlooker"' in said.output


def test_answers_without_an_end_sense_or_haste_are_each_a_row_of_their_own(preseason: InProcess) -> None:
    with hostile.serving({path: misdeed for path, (misdeed, _) in BROKEN.items()}) as server:
        said = preseason("check", "--target", server.url, "--json")
    found = document(said)
    assert said.exit_code == 1, said.all
    for path, (_, why) in BROKEN.items():
        assert why in cause_of(found, f"GET {path}", "FAIL")


def test_a_health_answer_is_held_against_the_manuals_format_all_at_once(preseason: InProcess) -> None:
    deployed = {"status": "ok", "timestamp": now()["timestamp"], "database": {"connected": True}}
    served = {
        "/api/health": answers(deployed),
        "/api/health/database": answers(now(), 206),
        "/api/health/detailed": answers({}, 404),
        "/api/health/external": answers({}, 404),
        "/api/players": answers(PLAYERS),
    }
    with hostile.serving(served) as server:
        said = preseason("check", "--target", server.url, "--json", *UNHURRIED)
    found = document(said)
    assert said.exit_code == 0, said.all
    lacking = {one["field"]: one["fault"] for one in found["lacking"]}
    assert lacking.keys() == FIELDS.keys() - {"timestamp"}
    assert lacking["status"] == 'is "ok", not one of healthy, degraded, unhealthy'
    assert cause_of(found, "GET /api/health/external", "WARN") == "the target does not serve it"
    assert cause_of(found, "GET /api/health/database", "WARN") == "it answers 206"


@pytest.mark.parametrize(
    ("head", "body", "why"),
    [
        ("302 .\r\nLocation: /login", b"", "it redirects (status 302)"),
        ("307 .\r\nLocation: http://elsewhere.example/", b"<html>", "it redirects (status 307)"),
        ("200 .", b"[" * 100_000, "no JSON, or a value of the wrong kind"),
    ],
)
def test_an_endpoint_that_sends_elsewhere_or_nests_without_end_is_told_so(
    preseason: InProcess, head: str, body: bytes, why: str
) -> None:
    def misdeed(visit: Visit) -> None:
        visit.send(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    with hostile.serving({"/api/players": misdeed}) as server:
        said = preseason("check", "--target", server.url, "--json", "--skip", "health", "--skip", "session")

    assert cause_of(document(said), "GET /api/players", "FAIL") == why


def test_a_certificate_nobody_trusts_is_the_cause_of_every_failure(
    preseason: InProcess, tmp_path: Path
) -> None:
    with hostile.serving({}, tls=[hostile.secured(tmp_path, "IP:127.0.0.1")]) as server:
        said = preseason("check", "--target", server.url)
    assert said.exit_code == 1, said.all
    assert said.output.count("certificate refused: self-signed certificate") == 1


def test_what_cannot_be_reached_is_told_apart_and_said_together(
    preseason: InProcess, closed_port: int
) -> None:
    nowhere = f"127.0.0.1:{closed_port}"
    addresses = ["--target", f"http://{nowhere}", "--redis", f"redis://{nowhere}"]
    said = preseason("check", *addresses, "--postgres", f"postgresql://a:sekret@{nowhere}/b")
    assert said.exit_code == 5, said.all
    for name in ("GET /api/health", "Postgres answers", "Redis answers"):
        assert re.search(rf"FAIL .*{name}.*refused", said.output), name
    assert "sekret" not in said.all


def test_everything_that_is_wrong_on_the_command_line_is_told_at_once(
    preseason: InProcess, tmp_path: Path
) -> None:
    said = preseason(
        *("check", "--target", "http://platform.example", "--users", tmp_path / "nobody.csv"),
        *("--limit", "conections=80%", "--limit", "response=soon", "--fault", "stall"),
    )
    assert said.exit_code == 2, said.all
    for told in (
        "platform.example is not this machine",
        "nobody.csv: cannot be read",
        "did you mean 'connections'?",
        "'soon' is not a quantity",
        "leave out --target, or --fault",
    ):
        assert told in said.errors


def test_a_watch_needs_a_duration_and_a_sensible_pace(preseason: InProcess) -> None:
    for wrong in (
        ["--watch", "soon"],
        ["--watch", "1m", "--every", "0s"],
        ["--watch", "99h", "--every", "1s"],
    ):
        said = preseason("check", "--target", "http://127.0.0.1:9", *wrong)
        assert said.exit_code == 2, said.all


@contextmanager
def turning(*bodies: Callable[[], dict[str, Any]]) -> Iterator[hostile.HostileServer]:
    """A platform whose health goes through ``bodies``, an answer each, and stays at the last."""
    left = list(bodies)

    def primary(visit: Visit) -> None:
        body = (left.pop(0) if len(left) > 1 else left[0])()
        answers(body, 503 if body["status"] == "unhealthy" else 200)(visit)

    served = {path: answers(now()) for path in HEALTH_PATHS}
    with hostile.serving(served | {"/api/health": primary, "/api/players": answers(PLAYERS)}) as server:
        yield server


def watched_to_its_end(preseason: InProcess, *bodies: Callable[[], dict[str, Any]]) -> Said:
    """A watch that saw all of ``bodies``: the slower this machine, the longer it takes for as many rounds."""
    for span in ("5s", "20s"):
        seen: list[int] = []
        counted = [partial(counting, seen, body) for body in bodies]
        with turning(*counted) as server:
            watch = ("--watch", span, "--every", "1s", *UNHURRIED)
            said = preseason("check", "--quiet", "--target", server.url, *watch)
        if len(seen) >= len(bodies):
            break
    return said


def counting(seen: list[int], body: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    seen.append(len(seen))
    return body()


SICK = {"status": "unhealthy"}


def test_a_watch_tells_what_changes_and_judges_all_rounds(preseason: InProcess) -> None:
    said = watched_to_its_end(preseason, now, now, lambda: now() | SICK, lambda: now() | {"uptime": 2})
    assert said.exit_code == 1, said.all  # one of so few is far from 99.9 %
    lines = [
        line.partition(" ")[2] for line in said.output.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)
    ]
    assert lines == [
        "FAIL    GET /api/health (was OK): it answers 503; it says unhealthy",
        "NOTE    the target began anew: it is up for 2 s, and was for 86400 s",
        "OK      GET /api/health (was FAIL)",
    ]
    health = re.search(r"FAIL +health +GET /api/health +(\d+) of (\d+) rounds", said.output)
    assert health, said.output
    kept, rounds = map(int, health.groups())
    assert rounds - kept == 1
    assert f"({rounds} rounds in " in said.output


def test_an_interrupted_watch_says_what_it_saw(preseason: InProcess) -> None:
    with (
        turning(lambda: now() | {"status": "degraded"}) as server,
        preseason.started(
            *("check", "--quiet", "--json", "--target", server.url, "--watch", "10m", "--every", "1s"),
            *UNHURRIED,
        ) as process,
    ):
        wait_for_a_line(process)
        interrupt(process)
        output, errors = process.communicate(timeout=30)
    found = json.loads(output)
    assert process.returncode == found["exit_code"] == 130, errors
    assert found["interrupted"]
    assert found["rounds"] >= 1
    (health,) = [row for row in found["rows"] if row["row"]["name"] == "GET /api/health" and row["warned"]]
    assert health["status"] == "WARN"
    assert "Traceback" not in errors


def wait_for_a_line(process: subprocess.Popen[str]) -> None:
    """With a document on its output, a watch tells changes on standard error."""
    assert process.stderr
    assert "WARN    GET /api/health: it says degraded" in process.stderr.readline()
