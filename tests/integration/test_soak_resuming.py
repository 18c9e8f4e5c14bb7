"""Going on with soaks that were broken off, where there is nothing to go on with."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import pytest

from preseason.campaign.options import GateOptions
from preseason.campaign.soak.finding import find_soak, unfinished_soak
from preseason.campaign.soak.record import FILE, SoakRecord, write_record
from preseason.cli import main
from preseason.errors import BadInputError
from preseason.run.manifest import Status, read_manifest, write_manifest
from preseason.run.timeline import Event, EventKind, append_event

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


def gate_of(folder: Path, name: str) -> Path:
    return Path(shutil.copytree(EXAMPLE, folder / name))


def soak_of(folder: Path, name: str, status: Status, began_s: float = 0.0) -> Path:
    """A run of 70 s of load that a soak left, as it does when it ends so."""
    run = gate_of(folder, name)
    options = GateOptions(slo=Path("nightly.yaml"), out=folder, locustfiles=(), command="preseason soak")
    write_record(run, SoakRecord.of(options, "http://a.example", None))
    write_manifest(run, read_manifest(run).model_copy(update={"status": status, "ended_at": None}))
    (run / "timeline.jsonl").unlink()
    append_event(run, Event(at_s=began_s, kind=EventKind.LOAD_STARTED, text="the load began"))
    return run


def test_a_gate_made_since_does_not_hide_a_soak_that_was_broken_off(tmp_path: Path) -> None:
    broken_off = soak_of(tmp_path, "20260101T020000Z-nightly", Status.RUNNING)
    gate_of(tmp_path, "20260101T090000Z-release")

    assert find_soak("latest", tmp_path) == broken_off
    assert unfinished_soak("latest", tmp_path) == broken_off


def test_a_soak_that_still_has_time_comes_before_a_newer_one_that_has_ended(tmp_path: Path) -> None:
    in_time = soak_of(tmp_path, "20260101T020000Z-nightly", Status.RUNNING, began_s=time.time())
    soak_of(tmp_path, "20260101T030000Z-other", Status.FINISHED)

    assert find_soak("latest", tmp_path) == in_time


def test_a_soak_of_long_ago_is_not_dug_out_from_behind_one_that_has_ended(tmp_path: Path) -> None:
    soak_of(tmp_path, "20260101T020000Z-nightly", Status.RUNNING, began_s=1.0)
    ended = soak_of(tmp_path, "20260102T020000Z-nightly", Status.FINISHED)

    assert find_soak("latest", tmp_path) == ended
    assert unfinished_soak("latest", tmp_path) is None


def test_where_there_is_no_soak_resuming_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate_of(tmp_path, "20260101T090000Z-release")
    monkeypatch.setattr(sys, "argv", ["preseason", "resume", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "there is no soak here to go on with" in capsys.readouterr().err


def test_the_latest_of_no_runs_is_no_unfinished_soak(tmp_path: Path) -> None:
    assert unfinished_soak("latest", tmp_path) is None


def test_a_run_that_is_no_soak_was_not_broken_off(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "gate")
    assert unfinished_soak("latest", tmp_path) is None


def test_a_run_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such run"):
        unfinished_soak("mistyped", tmp_path)


def test_a_soak_whose_record_is_damaged_is_not_taken_for_finished(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "soak")
    (tmp_path / "soak" / FILE).write_text("{")
    with pytest.raises(BadInputError, match="no record this version reads"):
        unfinished_soak("latest", tmp_path)


@pytest.mark.parametrize(
    ("damaged", "known"),
    [
        ([FILE], ("http://127.0.0.1:36597", "other")),
        (["run.json"], ("http://a.example", "nightly")),
        ([FILE, "run.json"], ("a target that 20260101T020000Z-other does not tell", "other")),
    ],
)
@pytest.mark.parametrize("options", [(), ("--if-unfinished",)])
def test_hooks_are_told_once_of_a_soak_that_cannot_be_gone_on_with_because_it_is_damaged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damaged: list[str],
    known: tuple[str, str],
    options: tuple[str, ...],
) -> None:
    run = soak_of(tmp_path, "20260101T020000Z-other", Status.RUNNING)
    manifest = read_manifest(run)
    remote = manifest.target.model_copy(update={"kind": "remote"})
    write_manifest(run, manifest.model_copy(update={"target": remote}))
    for name in damaged:
        (run / name).write_text("{")
    told = tmp_path / "told.jsonl"
    hook = ("--notify", f"sh -c 'cat >>{told}'")
    monkeypatch.setattr(sys, "argv", ["preseason", "resume", "--out", str(tmp_path), *options, *hook])
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2

    (message,) = map(json.loads, told.read_text().splitlines())
    assert message["state"] == "BAD_INPUT"
    assert (message["target"], message["slo"]) == known
    assert damaged[0] in message["text"]


def test_no_hook_is_told_of_a_run_that_is_no_soak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, told = gate_of(tmp_path, "20260101T090000Z-release"), tmp_path / "told.jsonl"
    hook = ("--notify", f"sh -c 'cat >>{told}'")
    monkeypatch.setattr(sys, "argv", ["preseason", "resume", str(run), *hook])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert not told.exists()


def test_all_mistakes_in_the_options_of_a_soak_are_told_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--rest", "r", "--cool-down", "c", "--horizon", "h", "--duration", "d", "--deadline", "25:99")
    hooks = ("--notify", "https://", "--notify", "no-such-command-here")
    monkeypatch.setattr(sys, "argv", ["preseason", "soak", *options, *hooks, "--slo", "nightlyy"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    for told in (*(f"{options[at]} {options[at + 1]}" for at in range(0, len(options), 2)), "nightlyy"):
        assert told in said
    assert said.count("--notify") >= 2


def test_hooks_are_told_of_a_target_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told.jsonl"
    target = ("--target", "http://user:sekret@platform.example/", "--duration", "long")
    hook = ("--notify", f"sh -c 'cat >>{told}'")
    monkeypatch.setattr(sys, "argv", ["preseason", "soak", *target, *hook, "--out", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()

    assert json.loads(told.read_text())["target"] == "http://platform.example"
    assert "sekret" not in told.read_text()
