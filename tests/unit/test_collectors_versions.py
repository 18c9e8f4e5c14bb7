"""What is asked of each version of Postgres, chosen by columns recorded from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preseason.collectors.postgres.extension import counted
from preseason.collectors.postgres.vacuum import VacuumSettings, dead_rows_allowed
from preseason.collectors.postgres.views import chosen

RECORDED = json.loads(Path(__file__).with_name("postgres_catalogs.json").read_text())
VERSIONS = sorted(RECORDED)
ALWAYS = {
    "temp_files",
    "conflicts",
    "sessions_killed",
    "checkpoints_timed",
    "checkpoints_requested",
    "checkpoint_write_ms",
    "wal_bytes",
    "blk_read_ms",
}


def catalog(version: str) -> dict[str, frozenset[str]]:
    return {view: frozenset(columns) for view, columns in RECORDED[version].items()}


def asked(version: str, *, times_io: bool = True) -> dict[str, str]:
    """By metric, the view it is taken from."""
    found = chosen(catalog(version), times_io=times_io)
    return {metric: one.view for one in found for metric in one.metrics}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_counts_checkpoints_log_and_sessions(version: str) -> None:
    assert asked(version).keys() >= ALWAYS


@pytest.mark.parametrize("version", VERSIONS)
def test_no_metric_is_asked_of_two_views(version: str) -> None:
    metrics = [metric for one in chosen(catalog(version), times_io=True) for metric in one.metrics]
    assert len(metrics) == len(set(metrics))


@pytest.mark.parametrize("version", VERSIONS)
def test_no_column_is_asked_for_that_the_version_lacks(version: str) -> None:
    offered = {column for columns in catalog(version).values() for column in columns}
    for one in chosen(catalog(version), times_io=True):
        named = [part for part in one.query.as_string().split('"')[1::2] if part != one.view]
        assert set(named) <= offered
        assert len(one.metrics) == one.query.as_string().count("sum(")


def test_checkpoints_are_where_the_version_keeps_them() -> None:
    views = {version: asked(version)["checkpoints_timed"] for version in VERSIONS}
    old, new = "pg_stat_bgwriter", "pg_stat_checkpointer"
    assert views == {"14": old, "15": old, "16": old, "17": new, "18": new}
    assert [version for version in VERSIONS if "checkpoints_done" in asked(version)] == ["18"]
    assert [version for version in VERSIONS if "buffers_backend" in asked(version)] == ["14", "15", "16"]


def test_input_and_output_are_counted_in_bytes_by_whatever_columns_there_are() -> None:
    queries = {
        version: next(
            (
                one.query.as_string()
                for one in chosen(catalog(version), times_io=True)
                if one.view == "pg_stat_io"
            ),
            "",
        )
        for version in VERSIONS
    }
    assert [version for version, text in queries.items() if text] == ["16", "17", "18"]
    assert '"reads" * "op_bytes"' in queries["16"]
    assert '"reads" * "op_bytes"' in queries["17"]
    assert '"read_bytes"' in queries["18"]


def test_times_that_are_not_measured_are_not_asked_for() -> None:
    untimed = asked("18", times_io=False)
    assert not {"blk_read_ms", "io_read_ms"} & untimed.keys()
    assert asked("18").keys() - untimed.keys() == {
        "blk_read_ms",
        "blk_write_ms",
        "io_read_ms",
        "io_write_ms",
        "io_fsync_ms",
    }


def test_an_extension_that_was_never_updated_is_asked_for_what_it_has() -> None:
    """1.8 on a newer server: no nesting, no ages; 1.11 has both."""
    old = {"queryid", "calls", "total_exec_time", "mean_exec_time", "stddev_exec_time", "wal_bytes"}
    counts, outermost = (part.as_string() for part in counted(frozenset(old)))
    assert ("stats_since" in counts, outermost) == (False, "true")
    newest = frozenset({*old, "toplevel", "stats_since", "minmax_stats_since"})
    counts, outermost = (part.as_string() for part in counted(newest))
    assert counts.count("stats_since") == 2
    assert outermost == "toplevel"


@pytest.mark.parametrize(
    ("most", "options", "rows", "allowed"),
    [
        (-1, [], 1000, 250),
        (-1, [], -1, 50),
        (-1, ["autovacuum_vacuum_scale_factor=0", "autovacuum_vacuum_threshold=1000"], 9e9, 1000),
        (100, [], 1000, 100),
        (100, ["autovacuum_vacuum_max_threshold=-1"], 1000, 250),
        (-1, ["fillfactor=70", "autovacuum_enabled=false"], 1000, None),
    ],
)
def test_autovacuum_comes_when_settings_and_table_say(
    most: float, options: list[str], rows: float, allowed: float | None
) -> None:
    settings = VacuumSettings(is_on=True, threshold=50, scale_factor=0.2, most=most)
    assert dead_rows_allowed(settings, rows, options) == allowed


def test_autovacuum_that_is_off_never_comes() -> None:
    off = VacuumSettings(is_on=False, threshold=50, scale_factor=0.2, most=-1)
    assert dead_rows_allowed(off, 1000, []) is None
