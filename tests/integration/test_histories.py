"""Histories read from where they are kept: folders, a zip file, a file system in memory."""

from __future__ import annotations

import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest

from history_specimen import Nights, nights, write
from preseason.campaign.baselines import choose_last, choose_runs
from preseason.campaign.history.acknowledgements import FILE, acknowledge, read_acknowledgements
from preseason.campaign.history.export import export_history
from preseason.campaign.history.pruning import prunable
from preseason.campaign.history.reading import read_history, shelf_at
from preseason.campaign.judging import judge_run
from preseason.errors import BadInputError
from preseason.run.manifest import Status
from preseason.slo.reading import parse_slo
from preseason.verdict.history.acknowledging import Acknowledgement

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
COUNT = 9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runs = write(tmp_path / "runs", nights(Nights(count=COUNT)))
    (runs / "notes").mkdir()
    (runs / "baseline.txt").write_text("no run")
    return runs


def zipped(folder: Path, root: str = "runs") -> str:
    archive = folder.parent / "runs.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in folder.rglob("*.json"):
            file.write(path, Path(root) / path.relative_to(folder))
    return f"zip://{root}::file://{archive}"


def zipped_bare(folder: Path) -> str:
    return zipped(folder, "")


def in_memory(folder: Path) -> str:
    memory = fsspec.filesystem("memory")
    memory.put(f"{folder}/", "memory://kept/runs/", recursive=True)
    return "memory://kept/runs"


@pytest.mark.parametrize("kept", [str, lambda folder: f"file://{folder}", zipped, zipped_bare, in_memory])
def test_runs_are_found_by_their_manifests_wherever_they_are_kept(kept: object, folder: Path) -> None:
    past = read_history(shelf_at(kept(folder)))  # type: ignore[operator]
    assert [run.run_id for run in past.runs] == [run.run_id for run in nights(Nights(count=COUNT))]
    assert all(run.verdict and run.indicators for run in past.runs)
    assert not past.problems


def test_runs_that_can_only_be_read_are_not_pruned_and_why_is_said(folder: Path) -> None:
    shelf = shelf_at(zipped(folder))
    with pytest.raises(BadInputError, match="can only be read"):
        shelf.remove(shelf.folders()[0])


def test_what_cannot_be_read_is_told_and_the_rest_is_read(folder: Path) -> None:
    first, second, third = sorted(path.parent for path in folder.glob("*/run.json"))[:3]
    (first / "run.json").write_text('{"format_version": 99}')
    (second / "verdict.json").write_text("{")
    (third / "indicators.json").write_bytes(b"\xff\xfe")
    past = read_history(shelf_at(str(folder)))
    assert len(past.runs) == COUNT - 1
    assert {problem.place.removeprefix(f"{folder}/") for problem in past.problems} == {
        first.name,
        f"{second.name}/verdict.json",
        f"{third.name}/indicators.json",
    }


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("{folder}/none", "there is no such folder"),
        ("{folder}/baseline.txt", "is no folder"),
        ("s3://user:secret@bucket/runs", "preseason\\[s3\\]"),
        ("http://user:secret@127.0.0.1:9/runs", "preseason\\[http\\]"),
        ("https://user:secret@127.0.0.1:9/runs", "preseason\\[http\\]"),
        ("nowhere://runs", "is no address of a folder"),
    ],
)
def test_what_is_no_folder_of_runs_is_refused_with_a_way_out(address: str, said: str, folder: Path) -> None:
    with pytest.raises(BadInputError, match=said) as caught:
        read_history(shelf_at(address.format(folder=folder)))
    assert "secret" not in str(caught.value)


def test_a_run_that_is_judged_keeps_its_indicators_and_judged_anew_has_others(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("verdict*", "indicators*", "report*")
    run = shutil.copytree(EXAMPLE, tmp_path / "run", ignore=ignored)
    judge_run(run)
    judge_run(run, parse_slo((run / "slo.yaml").read_text().replace("p95 < 200 ms", "p95 < 2 s"), "slo.yaml"))
    assert (run / "indicators.json").read_bytes() == (EXAMPLE / "indicators.json").read_bytes()
    assert (run / "indicators-2.json").exists()


def test_pruning_takes_the_oldest_and_leaves_baselines_and_what_is_unfinished(folder: Path) -> None:
    runs = nights(Nights(count=COUNT))
    unfinished = runs[2].manifest.model_copy(update={"status": Status.RUNNING})
    (folder / runs[2].folder / "run.json").write_text(unfinished.model_dump_json())
    shelf = shelf_at(str(folder))
    choose_runs(folder, [runs[1].folder])
    found = prunable(read_history(shelf), keep=4, before=None)
    assert [run.folder for run in found.gone] == [runs[at].folder for at in (0, 3, 4)]
    assert [run.folder for run, _ in found.spared] == [runs[1].folder, runs[2].folder]
    both = prunable(read_history(shelf), keep=4, before=runs[3].started_at + timedelta(hours=1))
    assert [run.folder for run in both.gone] == [runs[at].folder for at in (0, 3)]
    for run in found.gone:
        shelf.remove(run.folder)
    assert len(read_history(shelf).runs) == COUNT - 3
    assert not (folder / runs[0].folder).exists()
    choose_last(folder, 3)
    assert len(prunable(read_history(shelf), keep=1, before=None).gone) == COUNT - 3 - 1 - 3


def test_an_exported_history_has_a_row_for_each_run_and_indicator(folder: Path, tmp_path: Path) -> None:
    past = read_history(shelf_at(str(folder)))
    rows = export_history(past.runs, tmp_path / "history.parquet")
    table = pq.read_table(tmp_path / "history.parquet").to_pandas()
    assert len(table) == rows == sum(len(run.values) for run in past.runs)
    p95 = table[(table["indicator"] == "p95") & (table["about"] == "")]
    assert list(p95["run"]) == [run.run_id for run in past.runs]
    assert p95["started_at"].iloc[0] == past.runs[0].started_at.replace(microsecond=0)
    with pytest.raises(BadInputError, match="cannot be written"):
        export_history(past.runs, tmp_path / "none" / "history.parquet")


def test_acknowledgements_are_kept_beside_the_runs_in_a_file_for_people(folder: Path) -> None:
    shelf, run = shelf_at(in_memory(folder)), nights(Nights(count=1))[0]
    entry = Acknowledgement(indicator="p95", run=run.run_id, at=run.started_at, owner="ada", reason="known")
    acknowledge(shelf, [entry])
    acknowledge(shelf, [entry.model_copy(update={"reason": "well known"})])
    (kept,) = read_acknowledgements(shelf).acknowledged
    assert kept.reason == "well known"
    shelf.write(FILE, b"version: 1\nacknowledged:\n- {indicator: p95, owner: ''}\n")
    with pytest.raises(BadInputError) as caught:
        read_acknowledgements(shelf)
    assert len(caught.value.problems) == 4
