"""The design that every page shares, on a page that is no run's."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import page_specimen
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Chart, Line, Shape, Tone, Upright
from preseason.report.charts.scales import named_axis, number_axis
from preseason.report.interval_bar import Bound, bar_of
from preseason.report.page.parts import Bar, Bars, Code, Fact, Facts, Listing, Part, Piece, Prose, Section
from preseason.report.page.rendering import render_page
from preseason.report.page.tables import Cell, Column, Look, Table, badge
from preseason.slo.model import Unit

HOSTILE = "</script><script>alert(1)</script>\x00\u202e" + "z" * 10_000


def page_of(*parts: Part) -> str:
    return render_page(page_specimen.FRAME, (Section("one", "One", "One", "", parts),))


def dots(*x: float, names: tuple[str, ...] = ()) -> Chart:
    there = np.array(x)
    line = Line("seen", Tone.MAIN, there, there, shape=Shape.DOTS, low=there - 1, high=there + 1, names=names)
    return Chart("dots", "Dots", Unit.COUNT, (line,))


def test_a_page_says_its_answer_first_and_links_to_its_sections() -> None:
    page = page_specimen.page()
    assert '<span class="badge undecided large">AT LEAST</span>' in page
    assert "<h1>It carries at least 590 requests a second.</h1>" in page
    assert re.findall(r'<a href="#(\w+)">', page) == ["capacity", "cost", "trend", "rest"]
    assert page.count("<section ") == 4


def test_every_kind_of_part_is_shown() -> None:
    page = page_specimen.page()
    for there in (
        "<dl",
        'class="absent"',
        "<ul>",
        "<pre",
        'class="note"',
        'class="stack"',
        "<details",
        "€ a month",
    ):
        assert there in page


def test_every_drawn_chart_carries_its_points_and_its_axis() -> None:
    blocks = re.findall(
        r'<script type="application/json" class="points">(.*?)</script>', page_specimen.page()
    )
    charts = [json.loads(block) for block in blocks]
    assert len(charts) == page_specimen.page().count('class="chart" id="chart-')
    assert {chart["axis"]["kind"] for chart in charts} == {"number", "names", "clock"}
    assert charts[0]["lines"][1]["y"] == page_specimen.THROUGHPUT.tolist()


def test_a_point_stands_alone_with_its_whisker_and_its_name() -> None:
    figure = figure_of(dots(1.0, 4.0, names=("first", "second")), number_axis(0.0, 4.0, "n"))
    assert figure.drawing is not None
    first, second = figure.drawing.dots
    assert (first.name, first.x, second.x) == ("first", 25.0, 100.0)
    assert first.low is not None
    assert first.high is not None
    assert first.high < first.y < first.low
    assert figure.drawing.curves == ()


def test_a_ribbon_lies_between_the_ends_of_the_interval() -> None:
    ends = np.array([1.0, 2.0, np.nan]), np.array([3.0, 4.0, 5.0])
    curve = Line("law", Tone.MAIN, np.arange(3.0), np.array([2.0, 3.0, 4.0]), low=ends[0], high=ends[1])
    figure = figure_of(Chart("c", "C", Unit.COUNT, (curve,)), number_axis(0.0, 2.0, "n"))
    assert figure.drawing is not None
    assert len(re.findall(r"[ML]", figure.drawing.curves[0].area)) == 4


def test_what_stands_upright_is_placed_on_any_axis() -> None:
    logarithmic = number_axis(1.0, 100.0, "in flight", logarithmic=True)
    figure = figure_of(dots(1.0, 100.0), logarithmic, uprights=[Upright("limit", 10.0, "knee")])
    assert figure.drawing is not None
    assert [(post.at, post.label) for post in figure.drawing.posts] == [(50.0, "knee")]


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 0.0), (3.0, 3.0), (1.0, 97.0), (-5.0, 5.0)])
def test_an_axis_of_numbers_holds_what_it_was_made_for(lowest: float, highest: float) -> None:
    axis = number_axis(lowest, highest, "n")
    assert axis.start <= lowest <= highest <= axis.end
    assert axis.start < axis.end


@pytest.mark.parametrize("many", [0, 1, 8, 9, 400])
def test_names_along_an_axis_leave_each_other_room(many: int) -> None:
    axis = named_axis([f"run {number}" for number in range(many)], "run")
    assert len(axis.labels) <= 8
    assert axis.start < axis.end


def test_bars_share_a_scale_and_say_their_pieces() -> None:
    pieces = (Piece("compute", Tone.MAIN, 30.0), Piece("database", Tone.THIRD, 10.0))
    page = page_of(Bars("Costs", (Bar("small", pieces, "40 €"), Bar("large", pieces[:1] * 2, "60 €"))))
    assert 'x="50.0%" width="16.67%"' in page
    assert 'aria-label="compute 75 %, database 25 %"' in page


def test_a_long_name_may_be_broken_at_its_seams_alone() -> None:
    name = "public.waiver_claims_v2.1 <b>"
    page = page_of(Table("t", (Column("a"),), ((Cell(name, look=Look.CODE),),)))
    assert "<code>public.<wbr>waiver_<wbr>claims_<wbr>v2.1 &lt;b&gt;</code>" in page


def test_a_bar_against_a_lower_bound_has_its_good_side_left() -> None:
    better, worse = (bar_of(None, value, None, Bound(">", 0.9, "ratio")) for value in (0.99, 0.8))
    assert better is not None
    assert worse is not None
    assert better.point is not None
    assert worse.point is not None
    assert better.point < better.limit < worse.point


def test_hostile_text_in_any_part_is_shown_and_never_run() -> None:
    page = page_of(
        Facts((Fact(HOSTILE, HOSTILE, HOSTILE),)),
        Prose(HOSTILE),
        Listing((HOSTILE,)),
        Code(HOSTILE),
        Bars(HOSTILE, (Bar(HOSTILE, (Piece(HOSTILE, Tone.MAIN, 1.0),), "1", HOSTILE),)),
        Table(
            "t", (Column("a"), Column("b")), ((Cell(HOSTILE), badge(HOSTILE, "pass", HOSTILE)),), (0, False)
        ),
        figure_of(dots(0.0, names=(HOSTILE,)), named_axis((HOSTILE,), "run")),
    )
    assert len(re.findall("<script>", page)) == 1
    assert "alert(1)</script>" not in page
    assert "\x00" not in page
    assert "\u202e" not in page
    assert "z" * 1300 not in page


def test_what_is_hostile_in_the_frame_is_shown_and_never_run() -> None:
    frame = replace(
        page_specimen.FRAME, word=HOSTILE, sentence=HOSTILE, about=(HOSTILE,), name=HOSTILE, source=HOSTILE
    )
    page = render_page(frame, page_specimen.SECTIONS)
    assert len(re.findall("<script>", page)) == 1
    assert "z" * 500 not in page
