from __future__ import annotations

import html
import json
import re
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestSuite
from markdown_it import MarkdownIt
from report_specimen import objective, run, verdict

from preseason.errors import ExitCode
from preseason.report import markdown
from preseason.report.ci import junit, verdict_json
from preseason.verdict.model import Decision, Finding, FindingKind, Outcome, Validity, Verdict

HOSTILE = (
    "<script>alert('1')</script> \"quoted\" | `code` [link](http://x) @everyone\n# heading\x00\x1b[31m\ufffe"
)


def suite_of(judged: Verdict) -> TestSuite:
    document = JUnitXml.fromstring(junit.render(run(), judged).encode())
    (suite,) = list(document)
    return suite


def test_junit_has_one_case_an_objective_and_counts_them() -> None:
    suite = suite_of(verdict())
    assert [case.name for case in suite] == [o.name for o in verdict().objectives]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (6, 1, 3, 1)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome.FAIL, Failure),
        (Outcome.UNDECIDED, Error),
        (Outcome.NO_DATA, Error),
        (Outcome.NOT_STEADY, Error),
        (Outcome.WAIVED, Skipped),
    ],
)
def test_junit_reads_no_outcome_but_pass_as_passed(outcome: Outcome, kind: type) -> None:
    (case,) = suite_of(verdict(objectives=(objective(outcome=outcome),)))
    (result,) = case.result
    assert isinstance(result, kind)
    assert result.message.startswith(outcome)


def test_junit_passes_a_passed_objective() -> None:
    (case,) = suite_of(verdict(objectives=(objective(),)))
    assert case.is_passed


def test_an_objective_that_is_not_required_cannot_turn_junit_red() -> None:
    suite = suite_of(verdict(objectives=(objective(outcome=Outcome.FAIL, required=False),)))
    assert (suite.failures, suite.errors, suite.skipped) == (0, 0, 1)


def test_an_invalid_run_is_an_error_of_its_own_in_junit() -> None:
    invalid = verdict(verdict=Decision.INVALID, validity=Validity(valid=False, reasons=("the clock jumped",)))
    case = list(suite_of(invalid))[-1]
    assert case.name == "the run is valid"
    assert "the clock jumped" in case.result[0].message


def test_a_verdict_without_objectives_does_not_read_as_passed_in_junit() -> None:
    assert suite_of(verdict(objectives=())).errors == 1


def test_hostile_text_leaves_junit_well_formed() -> None:
    hostile = verdict(
        sentence=HOSTILE, objectives=(objective(name=HOSTILE, reason=HOSTILE * 500, outcome=Outcome.FAIL),)
    )
    text = junit.render(run(), hostile)
    (case,) = ET.fromstring(text).iter("testcase")
    assert "<script>" in (case.get("name") or "")
    assert len(text) < 10_000


def test_the_summary_tells_the_verdict_each_objective_and_where_the_report_is() -> None:
    text = markdown.render(run(), verdict())
    assert text.startswith("## ❌ FAIL: 1 of 6 objectives is missed")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 6
    assert "`report.html`" in text
    assert "redis.hit_rate > 90 %" in text


def test_the_summary_of_an_invalid_run_says_why_before_anything_else() -> None:
    invalid = verdict(validity=Validity(valid=False, reasons=("the generator was saturated",)))
    text = markdown.render(run(), invalid)
    assert text.index("The generator was saturated.") < text.index("| Objective |")


def test_hostile_text_keeps_its_cell_and_its_line_in_the_summary() -> None:
    hostile = verdict(
        sentence=HOSTILE,
        objectives=(objective(name=HOSTILE, reason=HOSTILE),),
        findings=(Finding(kind=FindingKind.NOTE, title=HOSTILE, evidence={HOSTILE: HOSTILE}),),
    )
    text = markdown.render(run(), hostile)
    (row,) = [line for line in text.splitlines() if "PASS" in line]
    assert row.count("|") == 7
    assert "<script" not in text
    assert "@everyone" not in text
    assert "\n# heading" not in text
    assert "[link]" not in text
    assert "\x00" not in text


@pytest.mark.parametrize(
    "text",
    [
        "# heading",
        "> quotation",
        "1. list",
        "23) list",
        "2026. A year that begins a list",
        "7.",
        "- item",
        "+ item",
        "===",
        "http://evil.example/x",
        "HTTPS://evil.example",
        "www.evil.example",
        "@everyone",
        "#12",
        "!34",
        "**bold**",
        "_emphasis_",
        "~~gone~~",
        "`code`",
        "[link](there)",
        "![image](there)",
        "<img src=x>",
        "<!-- comment",
        "&lt;b&gt;",
        "a | b",
        "a\\\\b",
    ],
)
def test_markup_of_any_kind_is_only_text(text: str) -> None:
    escaped = markdown.escaped(text)
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for before in ("", "- "):
        rendered = reader.render(before + escaped)
        assert set(re.findall(r"<(\w+)", rendered)) <= {"p", "ul", "li"}
        told = html.unescape(re.sub(r"<[^>]*>", "", rendered)).strip()
        assert told.replace("\N{WORD JOINER}", "") == text
    assert not re.search(r"://|www\.|@\w|[#!]\d(?!\d*;)", escaped, re.IGNORECASE)


def test_names_of_metrics_and_paths_stay_as_they_are() -> None:
    for plain in (
        "redis.hit_rate < 90 %",
        "GET /api/leagues/{id}/data",
        "p95 < 200 ms",
        "max_connections",
        "76.2 %",
    ):
        assert markdown.escaped(plain) == plain


def test_only_the_first_findings_are_in_the_summary() -> None:
    many = tuple(Finding(kind=FindingKind.NOTE, title=f"note {number}") for number in range(30))
    text = markdown.render(run(), verdict(findings=many))
    assert "Note 9." in text
    assert "Note 10." not in text
    assert "20 more" in text


def test_the_verdict_as_json_reads_back_as_the_same_verdict() -> None:
    text = verdict_json.render(verdict())
    assert Verdict.model_validate_json(text) == verdict()
    told = json.loads(text)
    assert (told["version"], told["verdict"], told["exit_code"]) == (1, "FAIL", int(ExitCode.FAILED))
    assert {"name", "indicator", "outcome", "point", "low", "high", "limit", "unit"} <= told["objectives"][
        0
    ].keys()


def test_an_unbounded_end_is_null_in_json() -> None:
    told = json.loads(verdict_json.render(verdict(objectives=(objective(high=None),))))
    assert told["objectives"][0]["high"] is None
