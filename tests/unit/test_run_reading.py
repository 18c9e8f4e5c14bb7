from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from preseason.errors import BadInputError
from preseason.run.manifest import FILE, read_manifest, write_manifest
from preseason.run.reading import find_run, read_run
from preseason.run.timeline import Event, EventKind
from preseason.testing import ORIGIN_S, Traffic, manifest, samples_table, synthetic_run, write_run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    made = synthetic_run(
        3,
        [Traffic.steady(3, 5, 12.0)],
        samples=[samples_table({("redis", "keyspace_hits"): [1, 2, 3]}, epoch="a")],
        timeline=[Event(at_s=ORIGIN_S, kind=EventKind.LOAD_STARTED, text="the load began")],
    )

    run = read_run(write_run(tmp_path / made.manifest.run_id, made))

    assert run.manifest == made.manifest
    assert run.timeline == made.timeline
    assert run.requests.total == 15
    assert run.arrivals.equals(made.arrivals)
    assert len(run.samples.get("redis", "keyspace_hits")) == 3


def test_a_manifest_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest(10, seed=1))
    write_manifest(tmp_path, manifest(10, seed=2))

    assert read_manifest(tmp_path).seed == 2
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_folder_without_a_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no run"):
        read_run(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 2}'])
def test_a_manifest_that_is_not_ours_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)

    with pytest.raises(BadInputError, match=r"run\.json: is not a manifest"):
        read_manifest(tmp_path)


def test_runs_are_found_by_id_by_path_and_as_the_latest(tmp_path: Path) -> None:
    for run_id in ("20260101T000000Z-release", "20260102T000000Z-release"):
        write_run(tmp_path / run_id, synthetic_run(1))
    newest = tmp_path / "20260102T000000Z-release"

    assert find_run("latest", tmp_path) == newest
    newest.rename(tmp_path / "example")
    assert find_run("latest", tmp_path).name.startswith("20260101")
    (tmp_path / "example").rename(newest)
    assert find_run("20260102T000000Z-release", tmp_path) == newest
    assert find_run(str(newest), tmp_path / "elsewhere") == newest


def test_an_unknown_run_is_refused_with_those_there_are(tmp_path: Path) -> None:
    write_run(tmp_path / "20260101T000000Z-release", synthetic_run(1))

    with pytest.raises(BadInputError, match="20260101T000000Z-release"):
        find_run("20250101T000000Z-release", tmp_path)
    with pytest.raises(BadInputError, match="holds no run yet"):
        find_run("latest", tmp_path / "empty")
