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


def test_what_is_wrong_with_machines_elsewhere_is_told_at_once_and_no_secret_is(tmp_path: Path) -> None:
    slo = tmp_path / "slo.yaml"
    slo.write_text(
        "load: {model: open, rate: 5/s, duration: 5s}\n"
        "prometheus: {queries: {db_cpu: up}}\n"
        "objectives: [prometheus.db_cpu < 80 %, cpu < 80 %]\n"
    )
    gate = CommandLine(tmp_path)
    named = (
        "--prometheus",
        "http://u:sekret@127.0.0.1:1",
        "--host-metrics",
        "db=http://u:sekret@127.0.0.1:1",
    )

    away = gate("gate", "--slo", slo, *named, PRESEASON_PROMETHEUS_TOKEN="sekret")
    wrong = gate("gate", "--slo", slo, *named, "--host-metrics", "web=ftp://u:sekret@h")

    assert away.exit_code == 5, away.all
    assert "--prometheus http://127.0.0.1:1" in away.errors
    assert "--host-metrics db http://127.0.0.1:1/metrics" in away.errors
    assert wrong.exit_code == 2, wrong.all
    assert "--host-metrics web" in wrong.errors
    assert "sekret" not in away.all + wrong.all
    assert gate.runs() == []
