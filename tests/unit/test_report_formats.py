from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import pytest
from report_specimen import objective, run, verdict

from preseason.report import incidents, markdown
from preseason.report.ci import comment, github, sarif
from preseason.report.format_names import Format
from preseason.report.formats import render
from preseason.run.timeline import Event, EventKind
from preseason.testing import ORIGIN_S
from preseason.verdict.model import (
    AlertResult,
    AlertState,
    Decision,
    Finding,
    FindingKind,
    Firing,
    Outcome,
    Validity,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from preseason.verdict.model import Verdict

HOSTILE = (
    "<script>alert(1)</script>\n::error::x %0A | `code` [link](http://x) @everyone \x00\x1b[31m\ufffe"
    + ("very long " * 1000)
)
INVALID = verdict(
    verdict=Decision.INVALID,
    sentence="This run says nothing about the platform: the clock jumped.",
    validity=Validity(valid=False, reasons=("the clock jumped",)),
)
PASSED = verdict(verdict=Decision.PASS, sentence="All hold.", objectives=(objective(),), findings=())


def hostile() -> Verdict:
    return verdict(
        sentence=HOSTILE,
        slo=HOSTILE,
        objectives=(objective(name=HOSTILE, reason=HOSTILE, endpoint=HOSTILE, outcome=Outcome.FAIL),),
        findings=(Finding(kind=FindingKind.NOTE, title=HOSTILE, at_s=ORIGIN_S, evidence={HOSTILE: HOSTILE}),),
    )


@pytest.mark.parametrize("format_", Format)
def test_every_format_is_the_same_every_time_and_bears_hostile_text(format_: Format) -> None:
    text = render(format_, run(), hostile())
    assert text == render(format_, run(), hostile())
    assert text.encode()
    assert "\x00" not in text
    assert "\x1b" not in text


# SARIF


def results(judged: Verdict) -> list[dict[str, object]]:
    return json.loads(sarif.render(run(), judged))["runs"][0]["results"]


@pytest.mark.parametrize("judged", [verdict(), INVALID, PASSED, hostile(), verdict(objectives=())])
def test_sarif_keeps_to_its_schema(judged: Verdict, npm_file: Callable[[str, str], Path]) -> None:
    schema = json.loads(npm_file("@microsoft/sarif-multitool-linux", "sarif-2.1.0.json").read_text())
    jsonschema.validate(json.loads(sarif.render(run(), judged)), schema)


@pytest.mark.parametrize(
    ("outcome", "kind", "level"),
    [
        (Outcome.PASS, "pass", "none"),
        (Outcome.FAIL, "fail", "error"),
        (Outcome.UNDECIDED, "open", "none"),
        (Outcome.NO_DATA, "open", "none"),
        (Outcome.NOT_STEADY, "open", "none"),
        (Outcome.WAIVED, "review", "none"),
    ],
)
def test_sarif_reads_no_outcome_but_pass_as_passed(outcome: Outcome, kind: str, level: str) -> None:
    (result,) = results(verdict(objectives=(objective(outcome=outcome),)))
    assert (result["kind"], result["level"]) == (kind, level)
    assert ("suppressions" in result) == (outcome is Outcome.WAIVED)


def test_sarif_makes_a_missed_advisory_objective_a_warning() -> None:
    (result,) = results(verdict(objectives=(objective(outcome=Outcome.FAIL, required=False),)))
    assert (result["kind"], result["level"]) == ("fail", "warning")


def test_sarif_of_an_invalid_run_leaves_every_result_open_and_says_why() -> None:
    told = json.loads(sarif.render(run(), INVALID))["runs"][0]
    assert {result["kind"] for result in told["results"]} == {"open"}
    (invocation,) = told["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "the clock jumped"


# GitHub


def test_annotations_name_what_did_not_pass_the_urgent_first() -> None:
    lines = github.render(run(), verdict()).splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "::error",
        "::error",
        "::warning",
        "::warning",
        "::warning",
        "::notice",
    ]
    assert "title=preseason release%3A FAIL::" in lines[0]
    assert "errors < 1 %25" in lines[2]


def test_annotations_of_a_pass_are_one_notice() -> None:
    (line,) = github.render(run(), PASSED).splitlines()
    assert line.startswith("::notice title=preseason release%3A PASS::All hold.")


def test_an_invalid_run_is_the_only_error_among_its_annotations() -> None:
    first, *rest = github.render(run(), INVALID).splitlines()
    assert first.startswith("::error")
    assert {line.split(" ")[0] for line in rest} == {"::notice"}


def test_a_summary_of_an_invalid_run_marks_no_objective_as_held_or_missed() -> None:
    text = markdown.render(run(), INVALID)
    assert "⚪ FAIL" in text
    assert not re.search("[✅❌]", text)


@pytest.mark.parametrize("format_", [Format.POSTMORTEM, Format.STATUS_PAGE])
def test_an_invalid_run_is_no_incident_and_says_why(format_: Format) -> None:
    assert "an invalid run says nothing about the platform" in render(format_, run(), INVALID)


def test_a_postmortem_says_what_was_done_on_purpose() -> None:
    degraded = run()
    degraded = replace(
        degraded, manifest=degraded.manifest.model_copy(update={"faults": ("slow-query@45s",)})
    )
    summary = render(Format.POSTMORTEM, degraded, verdict()).partition("## Timeline")[0]
    assert re.search(r"\nThe platform was degraded on purpose: slow-query@\W?45s\.\n\n$", summary)


def test_an_annotation_says_that_its_objective_is_not_required() -> None:
    late = objective(outcome=Outcome.FAIL, required=False)
    assert "::notice title=FAIL p95 < 200 ms (advisory)::" in github.render(
        run(), verdict(objectives=(late,))
    )


def test_hostile_text_cannot_give_github_commands() -> None:
    lines = github.render(run(), hostile()).splitlines()
    assert len(lines) == 2
    for line in lines:
        assert re.fullmatch(r"::(error|notice|warning) title=[^:,]*::.*", line)


# The comment


def test_a_comment_can_be_found_again_by_its_first_line() -> None:
    first = comment.render(run(), verdict()).splitlines()[0]
    assert first == comment.render(run(), PASSED).splitlines()[0]
    assert first != comment.render(run(), verdict(slo="nightly")).splitlines()[0]
    assert re.fullmatch(r"<!-- preseason:[0-9a-f]{12} -->", first)


def test_a_comment_is_never_longer_than_one_may_be() -> None:
    many = tuple(objective(name=f"objective {number} " + "x" * 150) for number in range(1000))
    text = comment.render(run(), verdict(objectives=many))
    assert len(text) <= comment.MOST_CHARACTERS
    assert text.endswith("The report has the rest.\n")


# Incidents


def test_the_post_mortem_has_the_manuals_sections_in_order_and_says_it_is_a_draft() -> None:
    text = incidents.postmortem(run(), verdict())
    sections = [line for line in text.splitlines() if line.startswith("#")]
    assert [line.lstrip("# ") for line in sections[1:]] == [
        "Summary",
        "Timeline",
        "Root Cause",
        "Impact",
        "Action Items",
    ]
    assert "**Draft**" in text
    assert "P1 High" in text
    assert "within 1 hour" in text


def test_the_post_mortem_tells_the_runs_moments_in_order() -> None:
    fired = AlertResult(
        name="errors",
        level="critical",
        state=AlertState.FIRED,
        comparison=">",
        limit=0.05,
        unit="ratio",
        firings=(Firing(start_s=ORIGIN_S + 30, end_s=None),),
    )
    began = Event(at_s=ORIGIN_S, kind=EventKind.LOAD_STARTED, text="the load began")
    text = incidents.postmortem(run(timeline=(began,)), verdict(alerts=(fired,)))
    timeline = text.split("## Timeline")[1].split("## Root Cause")[0]
    assert timeline.index("The load began.") < timeline.index("The critical alert errors would have fired.")


def test_a_fault_is_told_once_and_the_end_of_the_run_is_when_it_was_detected() -> None:
    began = Event(at_s=ORIGIN_S + 9, kind=EventKind.FAULT, source="platform", text="fault stall began")
    again = Finding(kind=FindingKind.FAULT, title="on purpose: fault stall began", at_s=ORIGIN_S + 9)
    text = incidents.postmortem(run(timeline=(began,)), verdict(findings=(again,)))
    timeline = text.split("## Timeline")[1].split("## Root Cause")[0]
    assert timeline.count("fault stall began") == 1
    assert "2026-01-05 12:01:01 UTC: Incident detected" in timeline


@pytest.mark.parametrize(("good", "code"), [(0, "P0 Critical"), (1, "P2 Medium")])
def test_a_platform_that_answers_nothing_is_the_gravest_incident(good: int, code: str) -> None:
    down = objective(outcome=Outcome.FAIL, indicator="errors", good=good, target_ratio=0.99)
    assert f"Severity: **{code}**" in incidents.postmortem(run(), verdict(objectives=(down,)))


def test_one_endpoint_that_answers_nothing_is_no_platform_that_is_down() -> None:
    one = objective(outcome=Outcome.FAIL, indicator="errors", good=0, endpoint="GET /a", severity="P3")
    assert "Severity: **P3 Low**" in incidents.postmortem(run(), verdict(objectives=(one,)))


def test_what_only_people_know_is_left_open() -> None:
    text = incidents.postmortem(run(), verdict())
    for blank in ("[root cause]", "Revenue impact: [amount]", "[share]", "(Owner: [name], Due: [date])"):
        assert blank in text


def test_notes_and_gaps_are_no_root_causes() -> None:
    seen = (
        Finding(kind=FindingKind.NOTE, title="a remark"),
        Finding(kind=FindingKind.DEADLOCKS, title="Postgres resolved 3 deadlocks"),
    )
    causes = incidents.postmortem(run(), verdict(findings=seen)).split("## Root Cause")[1].split("##")[0]
    assert "deadlocks" in causes
    assert "remark" not in causes


@pytest.mark.parametrize("judged", [PASSED, INVALID])
def test_a_run_that_missed_nothing_gives_no_incident(judged: Verdict) -> None:
    assert "No post-mortem" in incidents.postmortem(run(), judged)
    assert "No status page drafts" in incidents.status_page(run(), judged)


def test_the_status_page_speaks_of_what_users_meet_and_may_not_be_published_unseen() -> None:
    text = incidents.status_page(run(), verdict())
    assert "slow responses in GET /api/players/search" in text or "slow responses" in text
    assert "publish none of this before" in text
    assert text.count(": [time]**") == 3


def test_hostile_text_is_harmless_in_the_drafts() -> None:
    for draft in (incidents.postmortem, incidents.status_page):
        text = draft(run(), hostile())
        assert text.count("\n#") == draft(run(), verdict()).count("\n#")
        assert "://x" not in text
        assert "<script" not in text
        assert "@everyone" not in text
        assert "[link]" not in text
