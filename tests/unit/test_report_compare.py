"""The page of two runs."""

from __future__ import annotations

import re

import pytest

import page_specimen
from preseason.report import compare_page
from preseason.report.interval_bar import change_bar
from preseason.testing import Traffic, synthetic_run
from preseason.verdict.comparison import MARGINS, compare
from preseason.verdict.evidence import evidence_of

HOSTILE = "</script><script>alert(1)</script> \"'`{{ 7 * 7 }}\x00\u202e" + "z" * 10_000


def test_the_page_says_who_became_worse_and_what_is_open() -> None:
    page = page_specimen.comparison_page()
    assert (
        "<h1>GET /api/leagues/{id}/data became worse: p95 went from 77.3\u202fms to 116\u202fms.</h1>" in page
    )
    assert '<span class="badge fail large">FAIL</span>' in page
    assert "The baseline is a single run" in page


def test_both_runs_are_on_every_chart_and_the_doubtful_endpoint_has_its_own() -> None:
    page = page_specimen.comparison_page()
    figures = re.findall(r'<figure class="chart" id="chart-([\w-]+)".*?</figure>', page, re.DOTALL)
    assert figures == ["p95", "rate", "errors", "distribution", "endpoint-0", "endpoint-1"]
    assert page.count("</svg>before<") == page.count("</svg>after<") == len(figures)


def test_what_differs_between_the_runs_stands_out() -> None:
    page = page_specimen.comparison_page()
    runs = page[page.index('<section id="runs"') :]
    assert "<strong>run-40</strong>" in runs
    assert "<strong>run-60</strong>" in runs
    assert runs.count("<strong>") == 2


def test_what_only_one_of_the_runs_had_is_told_too() -> None:
    before, after = (
        evidence_of(synthetic_run(60, (Traffic.steady(60, 20, 50.0),), faults=faults), 0.0)
        for faults in ((), ("stall@3s",))
    )
    assert before is not None
    assert after is not None

    page = compare_page.render(compare([before], after, MARGINS), before, after)

    assert re.search(r"Faults</th>.*?<strong>–</strong>.*?<strong>stall@3s</strong>", page, re.DOTALL)


def test_a_percentile_that_failures_left_without_a_time_says_why() -> None:
    page = page_specimen.comparison_page()
    assert "more than 5 % failed before and after" in page
    assert "– to –" not in page


def test_a_server_that_was_not_sampled_says_in_which_runs() -> None:
    assert "Postgres was sampled in neither run." in page_specimen.comparison_page()


def test_the_same_runs_give_the_same_page() -> None:
    assert page_specimen.comparison_page() == page_specimen.comparison_page()


def test_hostile_text_is_shown_and_never_run() -> None:
    page = page_specimen.comparison_page(HOSTILE)
    assert page.count("<script>") == 1
    assert not re.search("[\x00\u202e]", page)
    assert "z" * 1300 not in page
    assert len(page) < len(page_specimen.comparison_page()) + 40_000


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (-0.05, 0.05, (25.0, 75.0)),
        (0.0, 0.0, (50.0, 50.0)),
        (None, 0.05, (0.0, 75.0)),
        (0.15, None, (87.5, 100.0)),
    ],
)
def test_a_change_is_drawn_between_no_change_and_its_margin(
    low: float | None, high: float | None, shown: tuple[float, float]
) -> None:
    bar = change_bar(low, None, high, 0.05)
    assert bar is not None
    assert (bar.zero, bar.limit) == (50.0, 75.0)
    assert (bar.low, bar.high) == shown


def test_a_change_of_which_nothing_is_known_has_no_bar() -> None:
    assert change_bar(None, None, None, 0.05) is None
