from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.campaign.verdicts import verdict_of
from preseason.errors import BadInputError, ExitCode
from preseason.report.run import html
from preseason.report.writer import write_reports
from preseason.run.reading import read_run
from preseason.run.statements import Statement, append_statements
from preseason.testing import Traffic, samples_table, synthetic_run, write_run
from preseason.verdict.model import Decision, Validity, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.run.reading import Run

NAMES = ["verdict.json", "report.html", "summary.md", "junit.xml"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    grown = samples_table({("postgres", "statement_exec_ms", "42"): np.arange(20)}, epoch="one")
    made = synthetic_run(20, [Traffic.steady(20, 5, 30.0)], samples=[grown])
    folder = write_run(tmp_path / made.manifest.run_id, made)
    append_statements(folder, [Statement(queryid="42", text="SELECT 'league' FROM teams")])
    return read_run(folder)


def verdict(slo: str = "release") -> Verdict:
    return Verdict(
        run="20260105T120000Z-synthetic",
        slo=slo,
        verdict=Decision.UNDECIDED,
        exit_code=ExitCode.UNDECIDED,
        sentence="Nothing was asked.",
        window=None,
        validity=Validity(valid=True),
        objectives=(),
    )


def test_the_four_reports_are_written_into_the_run_folder(run: Run) -> None:
    written = write_reports(run.folder, run, verdict())
    assert [path.name for path in written] == NAMES
    assert all(path.parent == run.folder for path in written)
    assert json.loads(written[0].read_text())["run"] == verdict().run


def test_the_same_verdict_again_writes_the_same_bytes_to_the_same_files(run: Run) -> None:
    before = [path.read_bytes() for path in write_reports(run.folder, run, verdict())]
    again = write_reports(run.folder, run, verdict())
    assert [path.name for path in again] == NAMES
    assert [path.read_bytes() for path in again] == before


def test_another_verdict_overwrites_nothing(run: Run) -> None:
    first = {path: path.read_bytes() for path in write_reports(run.folder, run, verdict())}
    second = write_reports(run.folder, run, verdict(slo="stricter"))
    third = write_reports(run.folder, run, verdict(slo="strictest"))
    assert [path.name for path in second] == [
        "verdict-2.json",
        "report-2.html",
        "summary-2.md",
        "junit-2.xml",
    ]
    assert third[0].name == "verdict-3.json"
    assert {path: path.read_bytes() for path in first} == first
    assert "report-2.html" in second[2].read_text()


def test_reports_can_be_read_by_others_and_leave_nothing_temporary(run: Run) -> None:
    written = write_reports(run.folder, run, verdict())
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in written)
    assert not list(run.folder.glob(".*"))


def test_a_report_that_cannot_be_written_leaves_the_verdict_and_no_half_file(run: Run) -> None:
    (run.folder / "report.html").mkdir()
    with pytest.raises(OSError, match="report"):
        write_reports(run.folder, run, verdict())
    assert (run.folder / "verdict.json").is_file()
    assert not list(run.folder.glob(".*"))


def test_a_statement_is_shown_with_its_text(run: Run) -> None:
    assert "SELECT &#39;league&#39; FROM teams" in html.render(run, verdict())


def test_the_way_out_of_a_broken_verdict_leads_out(run: Run) -> None:
    broken = run.folder / "verdict.json"
    broken.write_text("{")
    with pytest.raises(BadInputError, match="move it away, and judge it") as refused:
        verdict_of(run)
    assert str(broken) in str(refused.value)
    broken.unlink()
    write_reports(run.folder, run, verdict())
    assert verdict_of(run) == verdict()
