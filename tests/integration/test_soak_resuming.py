"""Going on with soaks that were broken off, where there is nothing to go on with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from preseason.campaign.soak.conducting import is_unfinished
from preseason.campaign.soak.record import FILE
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
