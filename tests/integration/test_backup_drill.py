"""Backups of real databases: dumped, restored on another server, verified; and all that is no backup."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
import psycopg
import pytest
from postgres_sessions import VERSIONS, as_role, new_database, session

from preseason.campaign.drill import tools as drill_tools
from preseason.campaign.drill.backups import find_backups
from preseason.campaign.drill.conducting import DrillOptions, drill
from preseason.campaign.drill.tools import Tools, find_tools
from preseason.embedded import servers
from preseason.embedded.programs import Programs
from preseason.errors import BadInputError, ExitCode
from preseason.lifeline import Lifeline
from preseason.verdict.drill.model import DrillReport, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = """
CREATE SCHEMA game;
CREATE TYPE game.kind AS ENUM ('a', 'b');
CREATE TABLE game.teams (id serial PRIMARY KEY, name text NOT NULL UNIQUE, kind game.kind,
                         points int CHECK (points >= 0));
CREATE TABLE game.trades (id bigserial PRIMARY KEY, team int REFERENCES game.teams);
CREATE INDEX trades_team ON game.trades (team);
CREATE TABLE "Odd ""name" (x int);
CREATE TABLE parted (d date) PARTITION BY RANGE (d);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW game.standings AS SELECT * FROM game.teams;
CREATE MATERIALIZED VIEW game.counted AS SELECT count(*) FROM game.teams;
CREATE POLICY own ON game.teams TO drill_owner, "Drill Guest" USING (true);
GRANT SELECT ON game.teams TO drill_owner;
ALTER TABLE game.trades OWNER TO drill_owner;
INSERT INTO game.teams (name, kind, points) SELECT 't' || g, 'a', g FROM generate_series(1, 500) g;
INSERT INTO game.trades (team) SELECT 1 + g % 500 FROM generate_series(1, 2000) g;
INSERT INTO parted SELECT '2026-05-05' FROM generate_series(1, 10) g;
"""
ROWS = 500 + 2000 + 10 + 1


class Silent:
    def step(self, text: str) -> None: ...

    def progress(self, progress: object) -> None: ...


def drilled(**options: object) -> DrillReport:
    return drill(DrillOptions(**options), Silent())


def statuses(report: DrillReport) -> dict[str, Status]:
    return {row.name: row.status for row in report.rows}


@pytest.fixture
def database(any_postgres: str) -> Iterator[str]:
    """A database with something of everything, on a server of each version."""
    yield from filled(any_postgres)


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """One that nobody writes to, on the oldest server there is."""
    with Lifeline() as lifeline:
        yield from filled(servers.start_postgres(lifeline, binaries=VERSIONS[-1]).url)


def filled(server: str) -> Iterator[str]:
    dsn = new_database(server, "drilled")
    with session(dsn) as connection:
        for role in ("drill_owner", '"Drill Guest"'):
            connection.execute(f"DROP ROLE IF EXISTS {role}".encode())
            connection.execute(f"CREATE ROLE {role}".encode())
        connection.execute(SCHEMA.encode())
    yield dsn
    with session(server) as connection:
        connection.execute("DROP DATABASE drilled WITH (FORCE)")


def pg_dump(dsn: str, *options: str) -> bytes:
    tools = find_tools(0)
    with psycopg.connect(dsn) as connection:
        variables = drill_tools.connection_environment(connection.info)
    libraries = {"LD_LIBRARY_PATH": str(tools.programs.libraries)} if tools.programs.libraries else {}
    return subprocess.run(
        [tools.programs.folder / "pg_dump", *options],
        env={**os.environ, **variables, **libraries},
        check=True,
        capture_output=True,
    ).stdout


def test_a_database_comes_back_whole_while_others_write_and_is_left_as_it_was(
    database: str, postgres_dsn: str
) -> None:
    ending = threading.Event()

    def write() -> None:
        with session(database) as connection:
            while not ending.is_set():
                connection.execute("INSERT INTO game.trades (team) VALUES (1)")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = drilled(postgres=database, scratch=postgres_dsn)
    finally:
        ending.set()
        writer.join()
    assert report.exit_code is ExitCode.PASS, report
    assert all(status in {Status.OK, Status.ELSEWHERE} for status in statuses(report).values()), statuses(
        report
    )
    counts = {one.table: (one.expected, one.restored) for one in report.tables}
    assert counts['public.Odd "name'] == (0, 0)
    assert counts["public.parted_1"] == (10, 10)
    assert (counts["game.trades"][0] or 0) >= 2000
    assert [step.name for step in report.steps] == ["dump", "count", "create", "restore", "analyze", "verify"]
    with session(postgres_dsn) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'preseason_drill%'")
        assert left.fetchall() == []
        assert not connection.execute("SELECT FROM pg_roles WHERE rolname = 'Drill Guest'").fetchall()


def test_without_a_server_for_it_a_throw_away_one_is_used_and_no_password_is_in_sight(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_tools(0)
    said = tmp_path / "argv.txt"
    for name in ("pg_dump", "pg_restore", "psql"):
        script = tmp_path / name
        libraries = f"LD_LIBRARY_PATH={real.programs.libraries} " if real.programs.libraries else ""
        script.write_text(
            f'#!/bin/sh\necho "$0 $*" >> {said}\n{libraries}exec {real.programs.folder / name} "$@"\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    told = Tools(Programs(tmp_path, "recording"), real.major)
    monkeypatch.setattr(drill_tools, "_all_tools", lambda _: iter([told]))

    report = drilled(postgres=source)

    assert report.exit_code is ExitCode.PASS, report
    password = psycopg.conninfo.conninfo_to_dict(source)["password"]
    words = said.read_text()
    assert "pg_dump --format=custom --snapshot=" in words
    assert "--exit-on-error" in words
    assert str(password) not in words + report.model_dump_json()


def test_the_source_and_its_server_are_never_restored_to(source: str) -> None:
    for scratch in (source, source.replace("127.0.0.1", "localhost")):
        with pytest.raises(BadInputError, match="the server that is backed up"):
            drilled(postgres=source, scratch=scratch)


def test_a_role_that_may_not_read_everything_is_told_what_to_grant(source: str, postgres_dsn: str) -> None:
    with pytest.raises(BadInputError, match=r"permission denied.*\n.*pg_read_all_data"):
        drilled(postgres=as_role(source, "drill_nobody"), scratch=postgres_dsn)


@pytest.mark.parametrize("form", ["custom", "directory", "tar", "plain", "plain.gz", "plain --create"])
def test_a_backup_that_exists_is_restored_and_compared(
    source: str, postgres_dsn: str, tmp_path: Path, form: str
) -> None:
    place = tmp_path / f"backup.{form}"
    if form == "directory":
        pg_dump(source, "--format=directory", f"--file={place}")
    else:
        told = pg_dump(source, *f"--format={form.removesuffix('.gz')}".split())
        place.write_bytes(gzip.compress(told) if form.endswith("gz") else told)
    report = drilled(postgres=source, backups=str(place), scratch=postgres_dsn)
    assert report.exit_code is ExitCode.PASS, report
    assert report.sentence == f"The backup restores: {ROWS} rows in 5 tables, verified"
    assert statuses(report)["RPO database 1 h"] is Status.OK


def broken(dsn: str) -> dict[str, bytes]:
    """Files that are no backups, by what they are to be called."""
    custom, plain = pg_dump(dsn, "--format=custom"), pg_dump(dsn)
    return {
        "empty": b"",
        "truncated": custom[:2000],
        "truncated.sql": plain[: len(plain) // 2],
        "truncated.sql.gz": gzip.compress(plain)[:-2000],
        "damaged": custom[:5] + b"\xff" * 200 + custom[205:],
        "encrypted": b"age-encryption.org/v1\n-> X25519 abc\n",
        "encrypted.sql.gpg": b"\x85\x01\x0c\x03" + bytes(64),
        "no backup of Postgres": b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
        "a dump of a whole cluster": b"--\n-- PostgreSQL database cluster dump\n--\n",
        "holds no data": pg_dump(dsn, "--format=custom", "--schema-only"),
    }


def test_what_is_no_backup_is_told_by_what_it_is(source: str, tmp_path: Path) -> None:
    with Lifeline() as lifeline:
        for name, content in broken(source).items():
            place = tmp_path / f"{name} file{Path(name).suffix}"
            place.write_bytes(content)
            (found,) = find_backups(place, lifeline, find_tools(0, newest=True))
            told = found.backup.fault
            assert told == name.partition(".")[0] or (name, told) == ("damaged", "truncated"), found


def test_a_drill_of_what_is_no_backup_fails(tmp_path: Path) -> None:
    (tmp_path / "night.dump").touch()
    report = drilled(backups=str(tmp_path))
    assert report.exit_code is ExitCode.FAILED
    assert (report.backups[0].fault, statuses(report)["restorable"]) == ("empty", Status.FAIL)


def test_an_extension_that_the_scratch_server_lacks_is_no_fault_of_the_backup(
    source: str, postgres_dsn: str, tmp_path: Path
) -> None:
    plain = pg_dump(source).replace(b"CREATE SCHEMA game;", b"CREATE EXTENSION nowhere; CREATE SCHEMA game;")
    (tmp_path / "backup.sql").write_bytes(plain)
    with pytest.raises(BadInputError, match="name a server that has the extension"):
        drilled(backups=str(tmp_path), scratch=postgres_dsn)


def test_data_that_ends_early_is_found_by_restoring_it(
    source: str, postgres_dsn: str, tmp_path: Path
) -> None:
    whole = pg_dump(source, "--format=custom", "--compress=0")
    (tmp_path / "cut.dump").write_bytes(whole[: len(whole) - 5000])
    report = drilled(backups=str(tmp_path), scratch=postgres_dsn)
    assert report.exit_code is ExitCode.FAILED
    assert statuses(report)["readable"] is Status.OK
    (row,) = [row for row in report.rows if row.name == "restorable"]
    assert row.status is Status.FAIL
    assert "end of file" in row.said


def test_of_several_the_newest_that_can_be_read_is_restored_and_the_time_between_them_told(
    source: str, postgres_dsn: str, tmp_path: Path
) -> None:
    plain = pg_dump(source)
    days = ("20261126_030000", "20261127_030000", "20261128_030000")
    for day in days:
        (tmp_path / f"astralfield_backup_{day}.sql").write_bytes(plain)
    (tmp_path / "astralfield_backup_20261129_030000.sql").write_bytes(plain[:1000])
    report = drilled(backups=str(tmp_path), scratch=postgres_dsn)
    by_name = {row.name: row for row in report.rows}
    assert [one.fault for one in report.backups] == ["truncated", "", "", ""]
    assert by_name["readable"].status is Status.FAIL
    assert by_name["restorable"].said.startswith("astralfield_backup_20261128_030000.sql: ")
    assert by_name["RPO database 1 h"].status is Status.FAIL
    assert by_name["time between backups"].value_s == 86_400


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "neither a database nor a backup"),
        ({"backups": "/nowhere/at/all"}, "--from /nowhere/at/all"),
        ({"backups": "gopher://x/y"}, "--from gopher://x/y"),
    ],
)
def test_what_cannot_be_drilled_is_refused(options: dict[str, str], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        drilled(**options)


def test_backups_that_lie_elsewhere_are_fetched_with_their_times() -> None:
    storage = fsspec.filesystem("memory")
    storage.pipe_file("/drill/astralfield_backup_20261127_030000.sql", b"")
    storage.pipe_file("/drill/astralfield_backup_20261128_030000.sql.gz", gzip.compress(b""))
    report = drilled(backups="memory://drill")
    assert report.exit_code is ExitCode.FAILED
    assert [one.fault for one in report.backups] == ["empty", "empty"]
    assert report.backups[0].place == "astralfield_backup_20261128_030000.sql.gz"


def test_an_empty_folder_is_a_failure_not_a_pass(tmp_path: Path) -> None:
    report = drilled(backups=str(tmp_path))
    assert report.exit_code is ExitCode.FAILED
    assert statuses(report)["readable"] is Status.FAIL
