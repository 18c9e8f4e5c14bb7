from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from report_specimen import LEAGUE, SECONDS, objective, run, traffic, verdict

from preseason.report.format_names import Format
from preseason.report.formats import render
from preseason.report.run import endpoints, html
from preseason.report.run.findings import evidence_of
from preseason.report.run.judged import judged_of
from preseason.run.manifest import Status, Target
from preseason.run.requests import Endpoint
from preseason.run.statements import Statement
from preseason.run.timeline import Event, EventKind
from preseason.testing import ORIGIN_S, SyntheticRun, Traffic, samples_table, synthetic_run
from preseason.verdict.endurance.model import DriftResult, Endurance
from preseason.verdict.model import Decision, Finding, FindingKind, Outcome, Validity, Verdict

HOSTILE = "</script><script>alert(1)</script> \"'`{{ 7 * 7 }}\n\x00\x1b\ud800\ufffe\u202e"


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text within headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.headings: list[str] = []
        self._in_heading = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(f"{tag} ")
            self._in_heading = True

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = self._in_heading and not re.fullmatch("h[1-6]", tag)

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.headings[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(judged: Verdict | None = None, made: SyntheticRun | None = None) -> Page:
    return Page(html.render(made or run(), judged or verdict()))


def test_the_same_run_and_verdict_give_the_same_bytes() -> None:
    assert html.render(run(), verdict()) == html.render(run(), verdict())


def test_sections_come_in_the_order_of_their_weight() -> None:
    second_level = [heading[3:] for heading in page_of().headings if heading.startswith("h2")]
    assert second_level == [
        "Objectives",
        "Can this run be trusted?",
        "Over time",
        "How slow were the slowest?",
        "Endpoints",
        "Postgres",
        "Redis",
        "Machines",
        "Findings",
        "What could not be collected",
        "How to reproduce it",
    ]


def test_the_page_begins_with_the_verdict_and_no_heading_skips_a_level() -> None:
    headings = page_of().headings
    levels = [int(heading[1]) for heading in headings]
    assert headings[0] == (
        "h1 The platform does not keep what was promised: "
        "30\u202f% of requests to GET /api/players/search failed or took longer than 200\u202fms "
        "(5\u202f% may)."
    )
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_page_loads_nothing_and_its_policy_admits_only_its_own_style_and_script() -> None:
    text = html.render(run(), verdict())
    page = Page(text)
    policy = next(
        meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    loaded = [
        a
        for _, a in page.elements
        if any(name in a for name in ("src", "srcset", "action", "style", "onload"))
    ]
    assert loaded == []
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert all(anchor["href"].startswith("#") for anchor in page.all("a"))


def test_every_link_and_reference_on_the_page_has_its_end() -> None:
    page = page_of()
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    named = [a["href"].removeprefix("#") for a in page.all("a")]
    described = [name for _, a in page.elements for name in a.get("aria-labelledby", "").split()]
    assert len(ids) == len(set(ids))
    assert {*named, *described} <= set(ids)


def test_every_chart_is_drawn_with_a_title_and_a_description() -> None:
    page = page_of()
    figures = [figure["id"] for figure in page.all("figure") if "id" in figure]
    drawn = [svg for svg in page.all("svg") if "axes" in svg.get("class", "") and "aria-labelledby" in svg]
    assert len(figures) == len(drawn) == 10 + 3
    assert all(svg["role"] == "img" for svg in drawn)


def test_every_table_has_a_caption_and_scoped_headings() -> None:
    page = page_of()
    assert len(page.all("caption")) == len(page.all("table")) == 4
    assert all("scope" in heading for heading in page.all("th"))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_told_in_words_not_by_colour_alone(outcome: Outcome) -> None:
    text = html.render(run(), verdict(objectives=(objective(outcome=outcome),)))
    assert f">{outcome.replace('_', ' ')}</span>" in text


def test_an_invalid_run_says_why_it_cannot_be_trusted() -> None:
    invalid = verdict(
        verdict=Decision.INVALID, validity=Validity(valid=False, reasons=("the clock jumped by 3 s",))
    )
    assert "<li>The clock jumped by 3\u202fs.</li>" in html.render(run(), invalid)


def test_an_invalid_run_calls_no_objective_held() -> None:
    invalid = verdict(verdict=Decision.INVALID, validity=Validity(valid=False, reasons=("the clock jumped",)))
    text = html.render(run(), invalid)
    assert "an invalid run cannot tell" in text
    assert "says nothing about the platform" in text
    assert '<span class="badge pass' not in text
    assert '<svg class="interval pass"' not in text


@pytest.mark.parametrize("status", [Status.INTERRUPTED, Status.RUNNING])
def test_a_run_that_did_not_reach_its_end_says_so_beside_its_verdict(status: Status) -> None:
    text = html.render(run(status=status), verdict())
    assert "only what it had recorded is judged" in text.partition("<nav")[0]
    assert "only what it had recorded" not in html.render(run(), verdict()).partition("<nav")[0]


def test_a_run_without_load_is_not_called_trustworthy() -> None:
    empty = synthetic_run(SECONDS, load_started_s=None, load_ended_s=None)
    text = html.render(
        empty, verdict(window=None, objectives=(), findings=(), sentence="Nothing was judged.")
    )
    assert "There is nothing to trust" in text
    assert ">VALID<" not in text


def test_endpoints_are_listed_the_slowest_first() -> None:
    text = html.render(run(), verdict())
    table = text[text.index('id="endpoints"') :]
    paths = re.findall(r'<th scope="row" data-value="([^"]+)"', table)[:3]
    assert paths == ["/api/players/search", "/api/trades", "/api/leagues/{id}/data"]


def test_no_percentile_lies_above_the_slowest_request() -> None:
    """Percentiles are middles of buckets; the slowest is exact, and here low in its bucket."""
    seconds = np.repeat(np.arange(SECONDS), 10)
    alike = Traffic.of(seconds, np.full(len(seconds), 128.1), endpoint=Endpoint("/api/teams", "GET"))
    (row,) = endpoints.rows(judged_of(run(traffic=(alike,)), verdict()), None)
    for one in (row.response, row.service):
        assert one.p50 == one.p99 == one.max == 128.1


def test_a_source_that_was_not_sampled_is_listed_with_the_reason() -> None:
    text = html.render(run(), verdict())
    missing = text[text.index('id="unseen"') :]
    assert "no address was given" in missing
    assert "gap of 4\u202fs" in missing
    assert "GRANT" in missing


def test_what_ended_after_the_load_is_told_to_have_done_so() -> None:
    def ended(at_s: float) -> str:
        timeline = (
            Event(at_s=ORIGIN_S + 60, kind=EventKind.LOAD_ENDED, text="the load ended"),
            Event(
                at_s=ORIGIN_S + at_s, kind=EventKind.NOTE, source="host", text="process platform has ended"
            ),
        )
        text = html.render(run(timeline=timeline), verdict())
        return text[text.index('id="unseen"') :]

    assert "after the load had ended" in ended(61)
    assert "after the load had ended" not in ended(30)


def test_a_run_that_recorded_nothing_still_has_a_whole_report() -> None:
    empty = synthetic_run(SECONDS, load_started_s=None, load_ended_s=None)
    nothing = verdict(window=None, objectives=(), findings=(), sentence="Nothing was judged.")
    text = html.render(empty, nothing)
    assert "No load was recorded" in text
    assert "<figure" in text
    assert 'data-value="' not in text


def test_hostile_text_is_shown_and_never_run() -> None:
    endpoint = Endpoint(HOSTILE.replace("\ud800", ""), "GET\n<q>")
    bad = samples_table({("postgres", "statement_exec_ms", "1"): range(SECONDS)}, epoch="e")
    hostile = run(
        traffic=(traffic(endpoint, 50.0, failing=3),),
        samples=(bad,),
        timeline=(Event(at_s=ORIGIN_S + 5, kind=EventKind.FAULT, text=HOSTILE, source=HOSTILE),),
        command=HOSTILE,
        target=Target(url=HOSTILE, kind="remote"),
    )
    judged = verdict(
        sentence=HOSTILE.replace("\ud800", ""),
        objectives=(objective(name=HOSTILE.replace("\ud800", ""), reason="x" * 10_000),),
        findings=(
            Finding(kind=FindingKind.NOTE, title="<img src=x onerror=alert(1)>", evidence={"<i>": "<u>"}),
        ),
    )
    text = html.render(hostile, judged)
    page = Page(text)
    assert len([script for script in page.all("script") if "type" not in script]) == 1
    assert not page.all("img")
    assert not page.all("q")
    assert "49" not in page.headings[0]
    assert not re.search("[\x00\x1b\ud800\ufffe\u202e]", text)
    assert "x" * 1000 not in text


def test_a_name_of_ten_thousand_letters_does_not_swell_the_page() -> None:
    long = run(traffic=(traffic(Endpoint("/" + "a" * 10_000, "GET"), 50.0),))
    assert len(html.render(long, verdict())) < len(html.render(run(), verdict())) + 20_000


def test_a_day_of_many_endpoints_stays_a_small_file() -> None:
    many = [
        traffic(Endpoint(f"/api/things/{number}", "GET"), 10.0 + number, failing=9) for number in range(30)
    ]
    assert len(html.render(run(traffic=many), verdict())) < 500_000


def test_evidence_is_told_with_the_unit_that_its_name_ends_in() -> None:
    finding = Finding(
        kind=FindingKind.NOTE,
        title="t",
        evidence={"p95_ms": 1500.0, "share_within_limit": 0.5, "calls": 1200, "kind": "503", "index": None},
    )
    assert evidence_of(finding) == (
        ("p95", "1.5\u202fs"),
        ("share within limit", "50\u202f%"),
        ("calls", "1\u202f200"),
        ("kind", "503"),
        ("index", "–"),
    )


def test_figures_of_several_statements_are_numbered_as_the_title_names_them() -> None:
    finding = Finding(
        kind=FindingKind.STATEMENTS_OF_ENDPOINT,
        title="calls that moved with GET /bids: 0.5 a request: SELECT 1; 0.4 a request: SELECT 2",
        evidence={
            "intervals": 9,
            "correlation of -42": 0.957,
            "p of -42": 0.001,
            "correlation of 4711": 0.9,
        },
    )

    assert evidence_of(finding) == (
        ("intervals", "9"),
        ("statement 1", "correlation 0.957, p 0.001"),
        ("statement 2", "correlation 0.9"),
    )


def test_a_plan_stands_folded_under_its_statement_and_stays_text() -> None:
    plan = "Seq Scan on bids  (cost=0.00..35.50)\n  Filter: (note = '<script>alert(1)</script>')"
    known = (Statement(queryid="4711", text="SELECT 1", plan=plan),)

    page = html.render(replace(run(), texts=known), verdict())

    assert page.count('<details class="plan"><summary>') == 2  # in the table, and with the finding about it
    assert "Seq Scan on bids  (cost=0.00..35.50)\n  Filter" in page
    assert "<script>alert(1)" not in page


def test_what_was_seen_at_the_same_time_is_called_a_coincidence() -> None:
    locks = Finding(
        kind=FindingKind.LOCK_WAITS,
        title="31 sessions waited for a row lock of bids",
        subject="bids",
        coincides_with=("POST /bids",),
    )

    page = html.render(run(), verdict(findings=(locks,)))

    assert "Seen together with the trouble of POST /bids." in page
    assert "is a coincidence in time, not yet a cause" in page


def test_what_stands_out_is_told_at_the_top_and_leads_to_its_place() -> None:
    page = html.render(run(), verdict())
    header = page[page.index("<header") : page.index("</header>")]

    assert '<a href="#finding-1">GET /api/players/search is slow.</a>' in header
    assert '<li id="finding-1">\n<h3>GET /api/players/search is slow.</h3>' in page


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Decision.PASS},
        {"verdict": Decision.INVALID, "validity": Validity(valid=False, reasons=("late",))},
    ],
)
def test_nothing_stands_out_of_a_run_that_passed_or_says_nothing(changes: dict[str, object]) -> None:
    assert "What stands out" not in html.render(run(), verdict(**changes))


def test_more_findings_than_stand_at_the_top_are_counted_there() -> None:
    many = tuple(Finding(kind=FindingKind.SLOW_ENDPOINT, title=f"GET /{place} is slow") for place in range(5))
    on_purpose = Finding(kind=FindingKind.FAULT, title="on purpose: fault stall began")

    page = html.render(run(), verdict(findings=(on_purpose, *many)))
    header = page[page.index("<header") : page.index("</header>")]

    assert re.findall(r'href="#(finding[\w-]*)"', header) == [
        "finding-2",
        "finding-3",
        "finding-4",
        "findings",
    ]
    assert "And 3 more findings." in header


CREEPING = Endurance(
    drifts=(
        DriftResult(
            figure="memory of platform",
            unit="bytes",
            per_hour=2.0**30,
            low=0.9 * 2**30,
            high=1.1 * 2**30,
            p=0.001,
            first=1e8,
            last=3e8,
            limit=2.0**34,
            limit_is="all memory of the machine",
            to_limit_s=25_200.0,
            fails=True,
        ),
    )
)
#: What it says, up to its figures.
CREEPS = "emory of platform grows by 1 GiB an hour"


def test_a_drift_that_fails_a_soak_is_the_headline_and_leads_to_the_hours() -> None:
    missed = objective(
        name="drifts to a limit within 7 days == 0",
        indicator="drift",
        comparison="==",
        outcome=Outcome.FAIL,
        point=1.0,
        limit=0.0,
        unit="count",
        good=None,
        total=None,
        reason=f"m{CREEPS}",
    )

    page = html.render(run(), verdict(objectives=(missed,), endurance=CREEPING))
    header = page[page.index("<header") : page.index("</header>")]

    told = CREEPS.replace(" GiB", "\u202fGiB")
    assert f"<h1>The platform does not keep what was promised: m{told}.</h1>" in header
    assert f'<a href="#hours">M{told}' in header
    assert 'id="hours"' in page


def test_a_drift_that_fails_a_soak_is_a_candidate_for_its_cause() -> None:
    text = render(Format.POSTMORTEM, run(), verdict(endurance=CREEPING))
    assert f"- M{CREEPS}" in text.partition("## Root Cause")[2]


def test_a_verdict_on_a_platform_that_was_degraded_on_purpose_says_so() -> None:
    degraded = run()
    degraded = replace(
        degraded, manifest=degraded.manifest.model_copy(update={"faults": ("slow-query@45s",)})
    )
    assert "The platform was degraded on purpose: slow-query@45s." in html.render(degraded, verdict())
    assert "on purpose: slow-query" not in html.render(run(), verdict())


def test_a_finding_says_where_on_the_charts_it_was() -> None:
    page = html.render(run(), verdict())
    assert "0:34 in the charts, 2026-01-05 12:00:34 UTC, for 11\u202fs" in page


def test_moments_of_findings_are_told_in_the_order_of_time() -> None:
    later, sooner = (
        Finding(kind=FindingKind.CPU_SATURATED, title=f"seen at {at}", at_s=ORIGIN_S + at) for at in (40, 25)
    )
    page = html.render(run(), verdict(findings=(later, sooner)))
    key = page[page.index('<ul class="marks-key">') :]
    assert key.index("seen at 25") < key.index("seen at 40")


def test_a_statement_says_with_whose_requests_its_calls_moved() -> None:
    sent = np.array([4, 9, 2, 12, 6, 1, 8, 3, 10, 5, 11, 7]).repeat(5)
    calls = np.concatenate(([0], np.cumsum(2 * sent)))[:SECONDS]
    samples = samples_table(
        {
            ("postgres", "statement_calls", "4711"): calls,
            ("postgres", "statement_exec_ms", "4711"): 1.5 * calls,
        },
        epoch="one",
    )
    league = Traffic.of(np.repeat(np.arange(SECONDS), sent), 40.0, endpoint=LEAGUE)

    page = html.render(run(traffic=(league,), samples=(samples,)), verdict())

    assert f"its calls moved with {LEAGUE} (2 a request)" in page
