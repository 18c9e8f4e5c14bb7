from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_specimen import SECONDS, objective, run, traffic, verdict

import page_specimen
from preseason.report.charts import load, servers, ticks
from preseason.report.charts.axes import Grid, TimeAxis, thinned
from preseason.report.charts.canvas import HEIGHT, WIDTH
from preseason.report.charts.drawing import draw
from preseason.report.charts.model import Chart, Level, Line, Shape, Tone, Upright
from preseason.report.charts.scales import XAxis
from preseason.report.run import figures
from preseason.report.run.judged import judged_of
from preseason.run.manifest import Source, Status
from preseason.run.requests import Endpoint
from preseason.slo.model import Unit
from preseason.testing import ORIGIN_S, Traffic, arrivals_table, samples_table, synthetic_run

AXIS = TimeAxis(float(ORIGIN_S), float(ORIGIN_S + SECONDS))


def line(*values: float) -> Line:
    return Line("one", Tone.MAIN, np.arange(len(values), dtype=np.float64), np.array(values))


def chart(*lines: Line, unit: str = Unit.MS, **changes: object) -> Chart:
    return Chart("c", "A chart", unit, lines, **changes)  # type: ignore[arg-type]


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)), min_size=21, max_size=200))
def test_thinning_keeps_extremes_order_and_holes(values: list[float]) -> None:
    y = np.array(values)
    thin_x, thin_y = thinned(np.arange(len(y), dtype=np.float64), y, points=20)
    assert len(thin_x) <= 20
    assert (np.diff(thin_x) > 0).all()
    assert np.isnan(thin_y).any() == np.isnan(y).any()
    if not np.isnan(y).all():
        assert np.nanmax(thin_y) == np.nanmax(y)
    if not np.isnan(y).any():
        assert thin_y.min() == y.min()


def test_a_short_line_is_left_alone() -> None:
    x, y = np.arange(600.0), np.zeros(600)
    assert thinned(x, y) == (x, y)


def test_a_grid_sums_what_lies_on_it_and_nothing_else() -> None:
    grid = Grid(first_s=100, width_s=2, bins=3, origin_s=99.5)
    seconds = np.array([99, 100, 101, 104, 105, 106])
    assert grid.sums(seconds, np.ones(6)).tolist() == [2.0, 0.0, 2.0]
    assert grid.centres.tolist() == [1.5, 3.5, 5.5]


def test_points_of_a_sparse_load_cover_enough_requests() -> None:
    wide = AXIS.grid().wide_enough(requests=600, wanted=60)
    assert wide.bins * wide.width_s <= SECONDS
    assert (wide.bins, wide.width_s) == (20, 3)


def test_a_day_is_drawn_with_few_hundred_points() -> None:
    day = TimeAxis(0.0, 86_400.0).grid().wide_enough(requests=10**8, wanted=60)
    assert 200 <= day.bins <= 300


def test_percentiles_over_time_are_those_of_each_stretch() -> None:
    league = Endpoint("/a", "GET")
    slow_later = synthetic_run(SECONDS, [traffic(league, 10.0)])
    grid = AXIS.grid(30)
    values = load.quantiles_over(slow_later.requests, grid, [0.5, 0.95])
    expected = [slow_later.requests.histogram().quantile_ms(q) for q in (0.5, 0.95)]
    assert values.shape == (2, 2)
    assert values[:, 0] == pytest.approx(expected)


def test_an_empty_stretch_has_no_percentile() -> None:
    values = load.quantiles_over(synthetic_run(SECONDS).requests, AXIS.grid(30), [0.5])
    assert np.isnan(values).all()


@pytest.mark.parametrize("length_s", [1, 7, 60, 300, 3600, 86_400, 7 * 86_400])
def test_a_time_axis_has_a_readable_number_of_labels(length_s: int) -> None:
    labels = ticks.moments(float(length_s))
    assert 2 <= len(labels) <= 9
    assert len({label for _, label in labels}) == len(labels)


@given(st.floats(0.001, 1e5), st.floats(1, 1e6))
def test_every_value_lies_between_the_first_and_the_last_tick(lowest: float, factor: float) -> None:
    highest = lowest * factor
    drawn = chart(line(lowest, highest))
    log = ticks.is_logarithmic(drawn, lowest, highest)
    heights = ticks.logarithmic(lowest, highest) if log else ticks.even(drawn, lowest, highest)
    assert heights[0] <= lowest * (1 + 1e-9)
    assert heights[-1] >= highest * (1 - 1e-9)
    assert 2 <= len(heights) <= 13


def test_a_ratio_that_is_always_one_still_has_an_axis() -> None:
    all_hits = chart(line(1.0, 1.0), unit=Unit.RATIO, from_zero=False, ceiling=1.0)
    heights = ticks.even(all_hits, 1.0, 1.0)
    assert (heights[0], heights[-1]) == (0.0, 1.0)


def test_a_ratio_never_has_an_axis_beyond_one() -> None:
    hit_rates = chart(line(0.91, 0.97), unit=Unit.RATIO, from_zero=False, ceiling=1.0)
    assert ticks.even(hit_rates, 0.91, 0.97)[-1] == 1.0


def test_a_curve_lies_in_its_box_and_its_texts_at_per_cents() -> None:
    drawing = draw(
        chart(line(1.0, 3.0, 2.0), levels=(Level("limit", 4.0),)), XAxis(0.0, 2.0, ((1.0, "one"),))
    )
    (curve,) = drawing.curves
    xs, ys = numbers(curve.path)[::2], numbers(curve.path)[1::2]
    assert (min(xs), max(xs)) == (0.0, WIDTH)
    assert min(ys) >= 0
    assert max(ys) <= HEIGHT
    assert drawing.x_ticks[0].at == 50.0
    assert 0 <= drawing.levels[0].at < min(ys) / HEIGHT * 100


def test_the_label_of_a_level_stands_where_the_curve_is_not() -> None:
    """Noise about the level but for a calm stretch below it, from 40 % of the width to 75 %."""
    x = np.arange(600.0)
    noise = 50.0 + 30.0 * (-1.0) ** x
    noise[240:450] = 90.0
    axis = XAxis(0.0, 599.0, ())
    (level,) = draw(chart(Line("noise", Tone.MAIN, x, noise), levels=(Level("limit 50", 50.0),)), axis).levels

    assert 40 < level.x - len(level.label) < level.x < 75
    assert level.left


def test_labels_of_levels_of_one_height_do_not_lie_on_each_other() -> None:
    levels = (Level("passed 44.2/s", 2.0), Level("failed 46.5/s", 2.05))
    one, other = draw(chart(line(0.0, 0.0, 4.0), levels=levels), XAxis(0.0, 2.0, ())).levels
    assert (one.x, one.above) != (other.x, other.above)


def test_labels_of_uprights_that_would_meet_on_a_phone_stand_in_different_rows() -> None:
    """A tenth of the width apart, which two words need on a page but not on a phone."""
    ups = [Upright("moment", 1.0, "fires"), Upright("limit", 1.2, "users suffer")]
    fires, suffer = draw(chart(line(1.0, 1.0, 1.0)), XAxis(0.0, 2.0, ()), ups).posts
    assert fires.left != suffer.left or fires.row != suffer.row


@pytest.mark.parametrize(("before", "after", "side"), [(1.0, 6.0, "left"), (6.0, 1.0, "right")])
def test_the_label_of_a_change_stands_on_the_side_without_dots(
    before: float, after: float, side: str
) -> None:
    values = np.repeat([before, after], 10)
    runs = Line("each run", Tone.MAIN, np.arange(20.0), values, shape=Shape.LINKED)
    (post,) = draw(chart(runs), XAxis(0.0, 19.0, ()), [Upright("limit", 9.5, "+58 %")]).posts
    assert (post.left, post.row) == (side == "left", 0)


def test_labels_are_drawn_above_dots() -> None:
    pieces = page_specimen.trend_of_nights().split('<svg class="axes"')[1:]
    drawings = [piece.partition("</div>")[0] for piece in pieces]
    labelled = [drawing for drawing in drawings if '<text class="post' in drawing]
    assert labelled
    assert all(one.index('<text class="post') > one.rindex('<circle class="dot') for one in labelled)


def test_a_hole_interrupts_the_curve_and_a_lonely_point_still_shows() -> None:
    (curve,) = draw(chart(line(1.0, 2.0, np.nan, 3.0, np.nan, 1.0, 1.0)), XAxis(0.0, 6.0, ())).curves
    assert curve.path.count("M") == 3
    assert "h.1" in curve.path


def test_an_area_is_closed_piece_by_piece() -> None:
    broken = line(1.0, 2.0, np.nan, 1.0, 1.0)
    filled = Line(broken.label, broken.tone, broken.x, broken.y, area=True)
    (curve,) = draw(chart(filled), XAxis(0.0, 4.0, ())).curves
    assert curve.area.count("Z") == 2


def test_the_same_chart_is_drawn_alike_twice() -> None:
    drawn = chart(line(*np.random.default_rng(1).random(500)))
    assert draw(drawn, XAxis(0.0, 500.0, ())) == draw(drawn, XAxis(0.0, 500.0, ()))


def test_the_axis_of_a_killed_run_reaches_as_far_as_it_recorded() -> None:
    killed = run(load_ended_s=None, status=Status.RUNNING)
    assert judged_of(killed, verdict()).axis == AXIS


def test_the_axis_reaches_to_the_last_answer_after_the_load() -> None:
    late = arrivals_table([20] * SECONDS + [0] * 5, finished=[20] * (SECONDS + 5))
    assert judged_of(run(arrivals=late), verdict()).axis == TimeAxis(AXIS.start_s, AXIS.end_s + 5)


def test_answers_after_the_load_are_judged_but_make_no_rate() -> None:
    late = Traffic.steady(SECONDS + 5, 10, 50.0)
    drained = run(
        traffic=[late], arrivals=arrivals_table([20] * SECONDS + [0] * 5, finished=[20] * (SECONDS + 5))
    )
    judged = judged_of(drained, verdict())
    assert judged.requests.total == 550
    assert judged.per_second == 10.0


def test_a_run_without_load_has_no_axis() -> None:
    assert judged_of(synthetic_run(SECONDS, load_started_s=None, load_ended_s=None), verdict()).axis is None


def test_what_is_absent_says_why_instead_of_being_drawn() -> None:
    bare = synthetic_run(
        SECONDS,
        arrivals=arrivals_table([0] * SECONDS),
        sources=(Source(name="postgres", absent="no DSN was given"),),
    )
    timeline = figures.timeline(bare, verdict(), AXIS)
    assert all(figure.drawing is None for figure in timeline.figures)
    told = {figure.chart.key: figure.words for figure in timeline.figures}
    assert "no DSN was given" in told["connections"]
    assert "closed load" in told["arrivals"]


def test_a_run_without_failures_says_so() -> None:
    assert (
        load.errors(synthetic_run(SECONDS, [traffic(Endpoint("/a", "GET"), 10.0)]), AXIS).absent
        == "nothing failed"
    )


def test_single_errors_scattered_over_hours_are_drawn_as_their_mean() -> None:
    load_s, every_s = 10_800, 300
    failing = np.arange(0, load_s, every_s)
    scattered = Traffic.of(failing, 10.0, ok=False)
    burst = Traffic.of(np.concatenate([failing, np.full(20, 4000)]), 10.0, ok=False)
    axis = TimeAxis(float(ORIGIN_S), float(ORIGIN_S + load_s))

    single, with_burst = (load.errors(synthetic_run(load_s, (part,)), axis) for part in (scattered, burst))

    assert max(single.lines[0].present) < 2 / every_s
    assert "the mean over" in single.note
    assert max(with_burst.lines[0].present) >= 20
    assert with_burst.note == ""


def test_whole_hours_are_told_without_minutes() -> None:
    labels = [label for _, label in ticks.moments(86_400.0)]
    assert labels[:3] == ["0:00", "4\u202fh", "8\u202fh"]
    assert [label for _, label in ticks.moments(5400.0)][-1] == "1:30:00"


def test_rare_kinds_of_errors_are_drawn_together() -> None:
    kinds = [traffic(Endpoint("/a", "GET"), 10.0, failing=n) for n in range(2, 8)]
    many = synthetic_run(
        SECONDS, [part.__class__(**_fields(part), error=f"kind {n}") for n, part in enumerate(kinds)]
    )
    labels = [one.label for one in load.errors(many, AXIS).lines]
    assert labels == ["kind 0", "kind 1", "kind 2", "kind 3", "all other kinds"]


def _fields(part: object) -> dict[str, object]:
    return {name: getattr(part, name) for name in ("second", "response_ms", "ok", "endpoint", "scenario")}


def test_a_counter_that_was_reset_leaves_a_hole_in_the_hit_rate() -> None:
    def counted(offset: int, epoch: str) -> object:
        values = np.where(np.arange(SECONDS) // 30 == offset, np.arange(SECONDS) * 9.0, np.nan)
        return samples_table(
            {("redis", "keyspace_hits"): values, ("redis", "keyspace_misses"): values / 9}, epoch
        )

    broken = synthetic_run(SECONDS, samples=(counted(0, "one"), counted(1, "two")))  # type: ignore[arg-type]
    (drawn,) = servers.hit_rate(broken, AXIS, verdict()).lines
    assert np.isnan(drawn.y).any()
    assert drawn.present == pytest.approx(0.9)


def test_sampled_lines_are_broken_where_samples_are_missing() -> None:
    values = np.where((np.arange(SECONDS) > 20) & (np.arange(SECONDS) < 30), np.nan, 5.0)
    (drawn,) = servers.connections(
        synthetic_run(SECONDS, samples=(samples_table({("postgres", "connections"): values}),)), AXIS
    ).lines
    assert np.isnan(drawn.y).sum() == 1


def test_gaps_are_marked_only_on_the_charts_they_blind() -> None:
    timeline = figures.timeline(run(), verdict(), AXIS)
    blind = {
        figure.chart.key for figure in timeline.figures if any(band.kind == "gap" for band in figure.bands)
    }
    assert blind == {"connections", "waits"}


def test_what_was_not_judged_is_shaded_on_every_chart() -> None:
    timeline = figures.timeline(run(), verdict(), AXIS)
    assert all(figure.bands[0].kind == "warmup" for figure in timeline.figures if figure.drawing)
    assert timeline.figures[0].bands[0].width == pytest.approx(100 * 10 / SECONDS, abs=0.01)


def test_a_listener_hears_range_and_limit_of_a_chart() -> None:
    timeline = figures.timeline(run(), verdict(), AXIS)
    words = next(figure.words for figure in timeline.figures if figure.chart.key == "latency")
    assert "p95: from " in words
    assert "limit p95 200\u202fms" in words


def test_a_limit_far_above_the_curves_is_told_but_does_not_press_them_flat() -> None:
    far = verdict(objectives=(objective(), objective(indicator="p99", limit=60_000.0)))
    chart = load.latency(run(), AXIS, far)
    assert [level.value for level in chart.levels] == [200.0]
    assert "Far above: limit p99 60\u202fs." in chart.note


def test_a_run_killed_within_its_first_second_draws_nothing_and_says_so() -> None:
    timeline = figures.timeline(run(), verdict(), TimeAxis(ORIGIN_S, ORIGIN_S + 0.5))
    assert timeline.figures[2].words == "too little was recorded to draw"


def test_a_process_has_one_tone_on_every_chart() -> None:
    """Postgres is on both, the generator counts its processors itself, the collectors are on one."""
    steady = np.full(SECONDS, 1.0)
    both = {
        ("host", metric, label): steady
        for metric in ("process_cpu", "process_rss_bytes")
        for label in ("platform", "postgres")
    }
    seen = run(
        samples=(
            samples_table(
                both
                | {("host", "process_rss_bytes", label): steady for label in ("generator", "collectors")}
                | {("generator", "cpu", "generator-0"): steady}
            ),
        )
    )

    on_cpu, on_memory = (
        {line.label: line.tone for line in each.lines}
        for each in (servers.processors(seen, AXIS), servers.memory(seen, AXIS))
    )

    shared = on_cpu.keys() & on_memory.keys()
    assert shared == {"platform", "postgres", "generator"}
    assert all(on_cpu[label] == on_memory[label] for label in shared)
    assert len(set(on_memory.values())) == len(on_memory)


def test_the_processes_of_the_generator_are_added_up() -> None:
    lines = {one.label: one for one in servers.processors(run(), AXIS).lines}
    assert list(lines) == ["generator", "platform"]
    assert lines["generator"].y == pytest.approx(lines["platform"].y)
