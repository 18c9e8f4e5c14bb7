"""Going on with soaks that were broken off, where there is nothing to go on with."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from preseason.campaign.soak.conducting import is_unfinished
from preseason.campaign.soak.record import FILE
from preseason.cli import main
from preseason.errors import BadInputError

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


def test_the_latest_of_no_runs_is_no_unfinished_soak(tmp_path: Path) -> None:
    assert not is_unfinished("latest", tmp_path)


def test_a_run_that_is_no_soak_was_not_broken_off(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "gate")
    assert not is_unfinished("latest", tmp_path)


def test_a_run_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such run"):
        is_unfinished("mistyped", tmp_path)


def test_a_soak_whose_record_is_damaged_is_not_taken_for_finished(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "soak")
    (tmp_path / "soak" / FILE).write_text("{")
    with pytest.raises(BadInputError, match="no record this version reads"):
        is_unfinished("latest", tmp_path)


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
