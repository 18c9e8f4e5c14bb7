"""A real PgBouncer in front of a Postgres, which a test may hurt."""

from __future__ import annotations

import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from preseason.embedded.places import server_user
from preseason.embedded.server import environment, listening, write_private

if TYPE_CHECKING:
    from preseason.lifeline import Child, Lifeline

PROGRAM = Path("/usr/sbin/pgbouncer")
CONSOLE = "pgbouncer"


def needed() -> None:
    """Skip where there is no PgBouncer; under continuous integration, fail."""
    if not PROGRAM.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs Debian's pgbouncer")


@dataclass(frozen=True, slots=True)
class Pooler:
    """A PgBouncer that answers; ``url`` leads to its database ``app`` as the owner of the Postgres behind it.

    Beside that user there are ``observer``, who may read the console, and ``stranger``, who may not.
    """

    url: str = field(repr=False)
    password: str = field(repr=False)
    child: Child

    def as_user(self, user: str, database: str = CONSOLE) -> str:
        return make_conninfo(self.url, user=user, password=self.password, dbname=database)

    def command(self, words: str) -> None:
        """Tell its console, as an operator."""
        dsn = make_conninfo(self.url, dbname=CONSOLE)
        with psycopg.connect(dsn, autocommit=True, cursor_factory=psycopg.ClientCursor) as console:
            console.execute(words.encode())


def start_pooler(lifeline: Lifeline, postgres_dsn: str, **settings: object) -> Pooler:
    """Start a PgBouncer whose one pool, in transaction mode, has two servers; ``settings`` override that."""
    server = conninfo_to_dict(postgres_dsn)
    user = server_user()
    folder = lifeline.folder("pgbouncer", owner=user)
    said = lifeline.folder("pgbouncer-log") / "said.txt"
    password = secrets.token_hex(8)
    known = {str(server["user"]): str(server["password"]), "observer": password, "stranger": password}
    users = write_private(
        folder / "users.txt", "".join(f'"{name}" "{word}"\n' for name, word in known.items()), user
    )

    def launch(port: int) -> Child:
        chosen = {
            "listen_addr": "127.0.0.1",
            "listen_port": port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": users,
            "admin_users": server["user"],
            "stats_users": "observer",
            "pool_mode": "transaction",
            "default_pool_size": 2,
            "max_client_conn": 50,
            **settings,
        }
        text = (
            f"[databases]\napp = host={server['host']} port={server['port']} dbname=postgres\n[pgbouncer]\n"
        )
        text += "".join(f"{key} = {value}\n" for key, value in chosen.items())
        file = folder / f"{port}.ini"
        write_private(file, text, user)
        with said.open("ab") as output:
            return lifeline.start(
                [str(PROGRAM), str(file)],
                name="PgBouncer",
                env=environment(folder),
                cwd=folder,
                user=user,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def greet(port: int) -> str | None:
        try:
            with psycopg.connect(make_conninfo(postgres_dsn, port=port, dbname=CONSOLE)) as console:
                return console.info.parameter_status("server_version")
        except psycopg.Error:
            return None

    port, child, _ = listening(launch, greet, said)
    return Pooler(make_conninfo(postgres_dsn, port=port, dbname="app"), password, child)
