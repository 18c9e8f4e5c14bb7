"""Postgres' own programs for a drill: found, started without a password in sight, and heard out."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.pq import Conninfo

from preseason.collectors.addresses import HIDDEN
from preseason.embedded.programs import Machine, Programs, find_postgres
from preseason.embedded.server import environment
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import psycopg

    from preseason.lifeline import Lifeline

_NAMES = ("pg_dump", "pg_restore", "psql")
_ASKING_S = 10
_LONGEST_SAID = 400


@dataclass(frozen=True, slots=True)
class Tools:
    """The folder of ``pg_dump``, ``pg_restore`` and ``psql`` of one version."""

    programs: Programs
    major: int

    def __str__(self) -> str:
        return f"pg_dump {self.major} ({self.programs.source})"


class ToolFailedError(Exception):
    """A program ended badly; the text is what it said, without secrets."""


def find_tools(least_major: int, machine: Machine | None = None, *, newest: bool = False) -> Tools:
    """Tools that understand a server of ``least_major``: the oldest such, whose dumps old servers take, or
    the newest, which read every archive. BadInputError where this machine has none.
    """
    fit = [tools for tools in _all_tools(machine or Machine()) if tools.major >= least_major]
    if not fit:
        cause = f"no pg_dump, pg_restore and psql of version {least_major} or newer on this machine"
        remedy = f"apt-get install postgresql-client-{least_major}, brew install libpq, or put them on PATH"
        raise BadInputError(Problem(cause, "drill", remedy))
    return (max if newest else min)(fit, key=lambda tools: tools.major)


def _all_tools(machine: Machine) -> Iterator[Tools]:
    embedded = find_postgres(machine, lambda _: None)
    folders = [Programs(folder, f"system {folder}") for folder in machine.with_all(*_NAMES)]
    for programs in (*([embedded] if embedded else []), *folders):
        if major := _major(programs):
            yield Tools(programs, major)


def _major(programs: Programs) -> int:
    """The major version of the folder's pg_dump; 0 where it is none that runs."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program of Postgres
            [programs.folder / "pg_dump", "--version"],
            env=environment(programs.folder, programs.libraries),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ASKING_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found and answer.returncode == 0 else 0


def connection_environment(info: psycopg.ConnectionInfo, options: str = "") -> dict[str, str]:
    """The variables by which libpq comes to where a connection is, its password among them."""
    variables = {
        option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar
    }
    chosen = {key: value for key, value in info.get_parameters().items() if key != "options"}
    chosen |= {"host": info.host, "port": str(info.port), "dbname": info.dbname, "password": info.password}
    found = {variables[key]: value for key, value in chosen.items() if key in variables and value}
    return found | {"PGAPPNAME": "preseason-drill"} | ({"PGOPTIONS": options} if options else {})


def run_tool(
    lifeline: Lifeline,
    tools: Tools,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    *,
    stdin: Path | None = None,
    stdout: Path | None = None,
) -> None:
    """Run a program to its end; ToolFailedError with its own words where it ends badly.

    It ends with us, however we end. Arguments hold no secret: everybody on the machine can read them.
    """
    folder = lifeline.folder("tool")
    said = folder / "said.txt"
    program, *others = arguments
    env = {**environment(folder, tools.programs.libraries), "TZ": "UTC", **variables}
    with (
        said.open("wb") as errors,
        stdin.open("rb") if stdin else (folder / "nothing").open("w+b") as given,
        (stdout or folder / "told").open("wb") as told,
    ):
        child = lifeline.start(
            [str(tools.programs.folder / program), *others],
            name=program,
            env=env,
            stdin=given,
            stdout=told,
            stderr=errors,
        )
        code = child.wait()
    if code != 0:
        raise ToolFailedError(_last_words(program, code, said, variables))


def _last_words(program: str, code: int, said: Path, variables: Mapping[str, str]) -> str:
    """What it said, the errors first, on one line."""
    lines = [line.strip() for line in said.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower() or "fatal:" in line.lower()]
    words = " | ".join((errors or lines)[:3])[:_LONGEST_SAID] or f"it ended with {code} and said nothing"
    if password := variables.get("PGPASSWORD"):
        words = words.replace(password, HIDDEN)
    return words if words.startswith(f"{program}: ") else f"{program}: {words}"
