"""What a gate is told of servers to sample, refused before anything is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commandline import CommandLine

if TYPE_CHECKING:
    from pathlib import Path


def test_a_wrong_pooler_and_a_wrong_header_are_told_together_and_no_secret_is(tmp_path: Path) -> None:
    gate = CommandLine(tmp_path)
    pooler = "postgresql://stats:sekret@127.0.0.1:99999/pgbouncer"

    said = gate("gate", "--target", "http://127.0.0.1:1", "--pgbouncer", pooler, "--cache-header", "X Cache")

    assert said.exit_code == 2, said.all
    assert "--pgbouncer" in said.errors
    assert "--cache-header" in said.errors
    assert "sekret" not in said.all
    assert gate.runs() == []
