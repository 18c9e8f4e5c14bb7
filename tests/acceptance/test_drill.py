"""``preseason drill restore`` from the command line; what it does is tried in ``tests/integration``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine
from in_process import InProcess

if TYPE_CHECKING:
    from pathlib import Path


def test_a_backup_that_is_none_fails_in_words_and_as_json(tmp_path: Path) -> None:
    (tmp_path / "astralfield_backup_20261126_030000.sql.gz").touch()
    preseason = CommandLine(tmp_path)
    said = preseason("drill", "restore", "--from", ".")
    assert said.exit_code == 1, said.all
    assert "astralfield_backup_20261126_030000.sql.gz: empty" in said.output
    assert "RTO application 15 min" in said.output
    document = json.loads(preseason("drill", "restore", "--from", ".", "--json", "-q").output)
    assert (document["exit_code"], document["backups"][0]["fault"]) == (1, "empty")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "neither a database nor a backup"),
        (("--from", "nowhere"), 2, "--from nowhere"),
        (("--from", ".", "--rto", "soon"), 2, "--rto soon"),
        (("--postgres", "postgresql://a:sekret@127.0.0.1:1/x"), 5, "127.0.0.1:1"),
    ],
)
def test_what_cannot_be_drilled_says_why(
    tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    said = InProcess(tmp_path)("drill", "restore", *words)
    assert said.exit_code == code
    assert told in said.all
    assert "sekret" not in said.all


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    said = InProcess(tmp_path)("drill", "restore", "--from", "nowhere", "--rto", "soon", "--rpo", "-1h")
    assert said.exit_code == 2
    for told in ("--from nowhere", "--rto soon", "--rpo -1h"):
        assert told in said.all


def test_an_address_that_is_none_is_told_in_the_words_of_backups(tmp_path: Path) -> None:
    said = InProcess(tmp_path)("drill", "restore", "--from", "nothing://there")
    assert said.exit_code == 2
    assert "folder of backups" in said.all
    assert "folder of runs" not in said.all
