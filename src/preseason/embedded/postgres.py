"""Starts a throw-away Postgres: a new cluster in a temporary folder, with pg_stat_statements."""

from __future__ import annotations

import secrets
import signal
import subprocess
from typing import TYPE_CHECKING

import psycopg

from preseason.embedded.places import server_user
from preseason.embedded.programs import NO_POSTGRES, Machine, Programs, find_postgres
from preseason.embedded.server import Server, environment, free_port, listening, write_private
from preseason.errors import Problem, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from preseason.embedded.programs import Log
    from preseason.lifeline import Child, Lifeline

SAID = "said.txt"
#: Every commit of this server may be lost with the machine: it ends with the command anyway.
SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",  # lies in the data folder, so nothing of it outlives a kill
    "timezone": "UTC",
    "log_timezone": "UTC",
    # So that slow statements can be counted one by one; "said.txt" still gets what the server says.
    "logging_collector": "on",
    "log_destination": "stderr,csvlog",
    "log_filename": SAID,
    "log_rotation_age": "0",
    "log_rotation_size": "0",
    "log_min_duration_statement": "1s",
}
USER = "postgres"


def start_postgres(
    lifeline: Lifeline,
    log: Log = lambda _: None,
    *,
    conf: Mapping[str, str] | None = None,
    binaries: Path | None = None,
    machine: Machine | None = None,
    ports: Callable[[], int] = free_port,
) -> Server:
    """Start Postgres on 127.0.0.1 and create pg_stat_statements; ready when it returns.

    ``conf`` overrides our settings; ``binaries`` names the folder with ``postgres`` and ``initdb``.
    Raises UnreachableError where there is no Postgres, or it does not start.
    """
    programs = (
        Programs(binaries, f"folder {binaries}") if binaries else find_postgres(machine or Machine(), log)
    )
    if programs is None:
        raise UnreachableError(NO_POSTGRES)
    password = secrets.token_hex(16)
    cluster = _Cluster(lifeline, programs, password)
    cluster.initialise()
    settings = {**SETTINGS, **(conf or {})}
    port, child, version = listening(
        lambda port: cluster.launch(port, settings), cluster.greet, cluster.said, ports
    )
    log(f"Postgres {version} ({programs.source}) listens on 127.0.0.1:{port}")
    return Server(cluster.dsn(port), programs.source, version, child)


class _Cluster:
    """One data folder and the server on it."""

    def __init__(self, lifeline: Lifeline, programs: Programs, password: str) -> None:
        self._lifeline = lifeline
        self._programs = programs
        self._password = password
        self._user = server_user()
        self._folder = lifeline.folder("postgres", owner=self._user)
        self.said = write_private(lifeline.folder("postgres-log", owner=self._user) / SAID, "", self._user)

    def initialise(self) -> None:
        secret = write_private(self._folder / "password", self._password, self._user)
        options = ("--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256", "--no-sync")
        locale = ("--encoding", "UTF8", "--locale", "C")
        if self._run("initdb", *options, *locale, "--pgdata", self._data).wait() != 0:
            said = self.said.read_text(errors="replace").strip()
            raise UnreachableError(Problem(f"initdb failed: {said}", "embedded Postgres"))
        secret.unlink()

    def launch(self, port: int, settings: Mapping[str, str]) -> Child:
        own = {"listen_addresses": "127.0.0.1", "port": str(port), "log_directory": str(self.said.parent)}
        given = {**own, **settings}
        options = [part for key, value in given.items() for part in ("-c", f"{key}={value}")]
        return self._run("postgres", "-D", self._data, *options)

    def greet(self, port: int) -> str | None:
        """Its version once it lets us in; a stranger on our port does not know the password."""
        try:
            with psycopg.connect(self.dsn(port), connect_timeout=2, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                major, minor = divmod(connection.info.server_version, 10_000)
                return f"{major}.{minor}"
        except psycopg.OperationalError:
            return None

    def dsn(self, port: int) -> str:
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{port}/postgres"

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> Child:
        with self.said.open("ab") as said:
            return self._lifeline.start(
                [str(self._programs.folder / program), *arguments],
                name="Postgres",
                stop_signal=signal.SIGINT,  # "fast": ends the sessions, then itself
                grace_s=10,
                env=environment(self._folder, self._programs.libraries),
                cwd=self._folder,
                user=self._user,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
