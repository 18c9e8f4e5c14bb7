"""The trigger report in words, as Markdown and as a page."""

from __future__ import annotations

import re
from html import escape

import pytest

from preseason.planning.triggers.autoscaling import simulate
from preseason.planning.triggers.backtest import Answer
from preseason.planning.triggers.theory import against_theory
from preseason.report.triggers import markdown as trigger_markdown
from preseason.report.triggers import page as trigger_page
from preseason.report.triggers import rows as triggers
from preseason.report.triggers import simulated_page
from preseason.slo.ahead.autoscaling import parse_autoscaling
from trigger_specimen import HEALTHY, OVERLOAD, reported

CPU, CAUTIOUS, ERRORS = "cpu > 50 % lasting 1m", "cpu > 80 % lasting 5m", "errors > 5 % over 5m"


def test_over_several_runs_each_trigger_is_told_by_what_it_is_worth() -> None:
    report = reported([OVERLOAD, HEALTHY], CPU, CAUTIOUS, ERRORS, scale_up_s=30)
    words = {one.rule: one.words for one in triggers.standings(report.found)}
    assert words == {
        CPU: "In time in 1 of 1 run in which users suffered. Quiet in 1 run that went well",
        CAUTIOUS: "Never fires when users suffer. Quiet in 1 run that went well",
        ERRORS: "Never fires when users suffer. Quiet in 1 run that went well",
    }
    assert report.answer is Answer.IN_TIME
    told = ". ".join(triggers.sentences(report))
    assert told == (
        f"A trigger fired in time in 1 of 1 run in which users suffered. Never in time: {CAUTIOUS}, {ERRORS}"
    )


def test_a_false_alarm_outweighs_what_was_in_time() -> None:
    report = reported([OVERLOAD, HEALTHY], "cpu > 20 % lasting 30s", scale_up_s=30)
    assert report.answer is Answer.FALSE_ALARM
    assert "would have raised a false alarm" in ". ".join(triggers.sentences(report))


def test_whose_requests_were_lost_is_told() -> None:
    (late,) = reported([OVERLOAD], CPU, scale_up_s=90).found
    assert re.fullmatch(r"\d+ of GET /api/leagues/\{id\}/data", triggers.whose_requests(late))


def test_an_advice_says_why_there_is_none() -> None:
    report = reported([OVERLOAD], CPU, ERRORS, "memory > 85 % lasting 1m", lead_s=60)
    cpu, errors, memory = (triggers.advice(one, 1.0) for one in report.sweeps)
    assert "in every run that broke, but none of these runs went well" in cpu
    (tried,) = reported([OVERLOAD, HEALTHY], CPU, lead_s=60).sweeps
    assert "and no false alarm in 1 run that went well" in triggers.advice(tried, 1.0)
    assert "fires wherever users suffered and nowhere else" in errors
    assert "was not recorded" in memory
    (nothing_broke,) = reported([HEALTHY], CPU, lead_s=60).sweeps
    assert "no objective broke in any of these runs" in triggers.advice(nothing_broke, 1.0)
    (too_much,) = reported([OVERLOAD], CPU, lead_s=3600).sweeps
    told = triggers.advice(too_much, 1.0)
    assert re.search(r"none of \d+ others tried gives 1.h; the earliest of them, cpu > [\d.]+ %", told), told


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_compressed_times_are_told_on_every_figure(scale: float) -> None:
    report = reported([OVERLOAD, HEALTHY], CPU, CAUTIOUS, scale_up_s=30, lead_s=30, time_scale=scale)
    page = trigger_page.render(report, "0.1.0")
    titles = re.findall(r"<h3>(.*?)</h3>", page)
    watched = [title for title in titles if "&gt;" in title or "threshold" in title]
    captions = re.findall(r"<caption[^>]*>(.*?)</caption>", page, re.DOTALL)
    assert len(watched) >= 4
    assert len(captions) >= 2
    for told in (*watched, *captions, trigger_markdown.render(report)):
        assert ("÷ 20" in told) == (scale == 20)


def test_the_page_names_the_source_run_of_every_chart_and_escapes_it() -> None:
    report = reported([OVERLOAD, HEALTHY], CPU, scale_up_s=30, lead_s=30)
    page = trigger_page.render(report, "0.1.0")
    for one in report.runs:
        assert f"{escape(one.rehearsal.run.manifest.run_id)}</h2>" in page
    assert "<b>" not in page
    assert page == trigger_page.render(report, "0.1.0")
    assert len(re.findall(r'id="chart-', page)) == len(set(re.findall(r'id="(chart-[^"]*)"', page)))


def test_without_a_run_that_went_well_no_number_of_false_alarms_is_told() -> None:
    unknown = trigger_page.render(reported([OVERLOAD], CPU, scale_up_s=30), "0.1.0")
    known = trigger_page.render(reported([OVERLOAD, HEALTHY], CPU, scale_up_s=30), "0.1.0")
    assert "not known: none of the runs went well" in unknown
    assert "in 0 of 1 run in which no objective broke" in known


def test_false_alarms_are_counted_apart_from_the_runs_that_raised_them() -> None:
    eager = "cpu > 20 % lasting 30s"
    report = reported([OVERLOAD, HEALTHY, HEALTHY.changed(run_id="well")], eager, "cpu > 21 % lasting 30s")
    page = trigger_page.render(report, "0.1.0")
    tile = page[page.index("False alarms") :][:200]
    assert ">4<" in tile
    assert "in 2 of 2 runs in which no objective broke" in tile


def test_markdown_holds_a_row_for_each_trigger_and_run() -> None:
    text = trigger_markdown.render(reported([OVERLOAD, HEALTHY], CPU, CAUTIOUS, scale_up_s=30))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 4
    assert text.startswith("## Scaling triggers: in time")


def test_a_simulation_is_a_page_of_its_own() -> None:
    text = (
        "load: {model: open, stages: [{hold: 3m, rate: 40/s}, {ramp: 1m, to: 90/s}, {hold: 6m}]}\n"
        "limit: 500 ms\nplatform: {service: 100 ms, servers: 4}\n"
        "instances: {least: 2, most: 4, arrive_after: 30s}\nscaling: [cpu > 70 % over 1m]\n"
    )
    found = simulate(parse_autoscaling(text, "x.yaml"))
    page = simulated_page.render(found, against_theory(found), "0.1.0", kept=True)
    assert "IN TIME" in page
    assert "·</span> </p>" not in page
    assert page.count("<tr>") > len(found.changes) > 0
    assert "Erlang C" in page
