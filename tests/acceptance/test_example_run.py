"""The committed run: small, whole, and rendered today as it was when it was committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from preseason.campaign.judging import own_alerts, own_slo
from preseason.campaign.verdicts import verdict_of
from preseason.report.format_names import Format
from preseason.report.formats import render
from preseason.run.reading import Run, read_run
from preseason.verdict.evidence import evidence_of
from preseason.verdict.history.indicators import Indicators, indicators_of
from preseason.verdict.judging import judge
from preseason.verdict.model import Decision

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
AGAIN = "it differs; if that is wanted: .venv/bin/python docs/_example.py --render"
GOLDEN = {
    Format.HTML: "report.html",
    Format.MARKDOWN: "summary.md",
    Format.JUNIT: "junit.xml",
    Format.JSON: "verdict.json",
    Format.POSTMORTEM: "postmortem.md",
    Format.STATUS_PAGE: "status-page.md",
}


@pytest.fixture(scope="module")
def example() -> Run:
    return read_run(EXAMPLE)


def test_it_failed_for_a_reason_that_its_report_names(example: Run) -> None:
    verdict = verdict_of(example)
    assert verdict.verdict is Decision.FAIL
    assert "/api/players" in " ".join(finding.title for finding in verdict.findings)


def test_judging_it_again_gives_the_verdict_that_is_there(example: Run) -> None:
    assert judge(example, own_slo(EXAMPLE), own_alerts(EXAMPLE)) == verdict_of(example), AGAIN


def test_its_indicators_are_what_they_were(example: Run) -> None:
    evidence = evidence_of(example, own_slo(EXAMPLE).load.warmup_s)
    assert evidence is not None
    kept = Indicators.model_validate_json((EXAMPLE / "indicators.json").read_bytes())
    assert indicators_of(evidence) == kept, AGAIN


@pytest.mark.parametrize("format_", GOLDEN)
def test_rendering_it_again_gives_the_file_that_is_there(example: Run, format_: Format) -> None:
    told = render(format_, example, verdict_of(example))
    assert (EXAMPLE / GOLDEN[format_]).read_bytes() == told.encode(), AGAIN


def test_it_is_small_and_tells_nothing_of_the_machine_it_was_made_on(example: Run) -> None:
    files = [path for path in EXAMPLE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2e6
    text = b"".join(path.read_bytes() for path in files if path.suffix not in {".png", ".arrow"}).decode()
    for private in ("/root", "/home", "/tmp", str(Path.cwd())):
        assert private not in text
    assert "/" not in example.manifest.command.replace("preseason gate", "")
