from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from watched import Watched, opened, violations

from preseason.report.writer import write_reports
from preseason.run.manifest import Source
from preseason.run.reading import read_run
from preseason.run.requests import Endpoint
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import (
    ORIGIN_S,
    Traffic,
    arrivals_table,
    samples_table,
    synthetic_run,
    write_run,
)
from preseason.verdict.judging import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

SECONDS = 60
#: With statements of a real database.
EXAMPLE = Path(__file__).parents[2] / "reports" / "example" / "report.html"
#: What two margins of a centimetre leave of a page, in CSS pixels.
_A4 = 718
PATHS = (
    "leagues/{id}/data",
    "leagues/{id}/standings",
    "teams/{id}",
    "players/search",
    "trades",
    "waivers/claims",
)
CHARTS = (
    "arrivals",
    "rate",
    "latency",
    "errors",
    "hit-rate",
    "connections",
    "waits",
    "cpu",
    "memory",
    "distribution",
)
SLO = """
version: 1
load: {model: open, spacing: poisson, stages: [{hold: 60s, rate: 20/s}], warmup: 10s}
objectives:
  - p95 < 200 ms
  - p95 < 200 ms for GET /api/waivers/claims
  - errors < 1 %
  - redis.hit_rate > 90 %
  - pgbouncer.cl_waiting == 0
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with everything in it."""
    seconds = np.arange(SECONDS)
    sampled = samples_table(
        {
            ("postgres", "connections"): np.where((seconds > 20) & (seconds < 25), np.nan, 25.0),
            ("postgres", "connections_limit"): np.full(SECONDS, 97.0),
            ("postgres", "waits", "Lock"): np.where(seconds > 40, 3.0, 0.0),
            ("host", "process_cpu", "platform"): 1 + np.sin(seconds) / 5,
            ("host", "process_rss_bytes", "platform"): 2e8 + 1e6 * seconds,
        }
    )
    counted = samples_table(
        {
            ("redis", "keyspace_hits"): seconds * 95,
            ("redis", "keyspace_misses"): seconds * 5,
            ("postgres", "statement_calls", "4711"): seconds * 10,
            ("postgres", "statement_exec_ms", "4711"): seconds * 30.0,
            ("postgres", "statement_calls", "4712"): seconds * 2,
            ("postgres", "statement_exec_ms", "4712"): seconds * 50.0,
        },
        epoch="one",
    )
    gap = Event(
        at_s=ORIGIN_S + 20, until_s=ORIGIN_S + 25, kind=EventKind.GAP, source="postgres", text="no answer"
    )
    return written(
        tmp_path_factory.mktemp("whole"),
        traffic=[traffic(place, path) for place, path in enumerate(PATHS)],
        samples=[sampled, counted],
        timeline=[gap],
        sources=(Source(name="pgbouncer", absent="no address was given"),),
    )


def traffic(place: int, path: str) -> Traffic:
    spread = np.random.default_rng(place).lognormal(np.log(30 * (place + 1)), 0.5, SECONDS * 10)
    ok = np.arange(len(spread)) % 97 != place
    seconds = np.repeat(np.arange(SECONDS), 10)
    return Traffic.of(
        seconds, spread, ok, endpoint=Endpoint(f"/api/{path}", "GET"), error=f"50{place} from {path}"
    )


def written(folder: Path, **parts: Any) -> Path:  # noqa: ANN401 - passed on
    run = read_run(write_run(folder / "run", synthetic_run(SECONDS, **parts)))
    verdict = judge(run, parse_slo(SLO, "release.yaml"))
    return next(path for path in write_reports(run.folder, run, verdict) if path.suffix == ".html")


@pytest.fixture
def wide(chromium: Browser, report: Path) -> Iterator[Watched]:
    yield from opened(chromium, report, 1400)


@pytest.fixture
def phone(chromium: Browser, report: Path) -> Iterator[Watched]:
    yield from opened(chromium, report, 390)


def test_the_page_asks_nothing_of_any_network_and_says_nothing_on_the_console(
    wide: Watched, report: Path
) -> None:
    wide.page.wait_for_load_state("networkidle")
    assert wide.requests == [report.as_uri()]
    assert wide.messages == []


def test_every_chart_is_drawn_at_full_width(wide: Watched) -> None:
    for name in CHARTS:
        box = wide.page.locator(f"#chart-{name} .marks .curve").first.bounding_box()
        assert box is not None
        assert box["width"] > 600


def test_the_verdict_is_what_a_reader_sees_first(wide: Watched) -> None:
    badge = wide.page.locator("header .badge")
    box = badge.bounding_box()
    assert badge.inner_text().strip() == "FAIL"
    assert box is not None
    assert box["y"] < 200
    assert wide.page.locator("h1").inner_text() != ""


def test_nothing_sticks_out_of_a_phone(phone: Watched) -> None:
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390


def test_no_label_of_a_chart_covers_another(wide: Watched, phone: Watched) -> None:
    overlapping = """() => [...document.querySelectorAll('.plot')].flatMap((plot) => {
        const boxes = [...plot.querySelectorAll('text.tick')]
            .filter((text) => getComputedStyle(text).display !== 'none')
            .map((text) => [text.textContent, text.getBoundingClientRect()]);
        return boxes.flatMap(([one, a], place) => boxes.slice(place + 1)
            .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
            .map(([other]) => `${one} / ${other}`));
    })"""
    assert wide.page.evaluate(overlapping) == []
    assert phone.page.evaluate(overlapping) == []


def test_a_table_sorts_by_the_heading_that_is_pressed(wide: Watched) -> None:
    table = wide.page.locator("#endpoints table")

    def column(place: int) -> list[float]:
        return [
            float(cell)
            for cell in table.locator(f"tbody tr > :nth-child({place})").evaluate_all(
                "(cells) => cells.map((cell) => cell.dataset.value)"
            )
        ]

    slowest_first = column(7)
    assert slowest_first == sorted(slowest_first, reverse=True)
    heading = table.locator("thead tr:last-child th").nth(6)
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(7) == sorted(slowest_first)
    errors = table.locator("thead tr:last-child th").nth(3)
    errors.get_by_role("button").press("Enter")
    assert errors.get_attribute("aria-sort") == "descending"
    assert column(4) == sorted(column(4), reverse=True)


def test_text_columns_sort_by_the_alphabet(wide: Watched) -> None:
    table = wide.page.locator("#endpoints table")
    table.get_by_role("button", name="Endpoint").click()
    names = table.locator("tbody th code").all_inner_texts()
    assert names == sorted(names)


def test_the_values_at_a_moment_are_shown_in_all_charts_of_the_stack(wide: Watched) -> None:
    figure = wide.page.locator("#chart-latency .figure").nth(1)
    at_rest = figure.inner_text()
    wide.page.locator("#chart-rate .axes").hover(position={"x": 300, "y": 50})
    assert figure.inner_text() != at_rest
    assert wide.page.locator(".cursor:visible").count() == len(CHARTS) - 1
    wide.page.locator("h1").hover()
    assert figure.inner_text() == at_rest
    assert wide.page.locator(".cursor:visible").count() == 0


def test_the_charts_can_be_read_with_the_keyboard(wide: Watched) -> None:
    stack = wide.page.locator(".stack")
    stack.press("ArrowRight")
    stack.press("ArrowRight")
    assert wide.page.locator(".cursor:visible").first.get_attribute("data-place") == "0:01"
    stack.press("Escape")
    assert wide.page.locator(".cursor:visible").count() == 0


def test_dark_mode_changes_ground_text_and_lines(chromium: Browser, report: Path) -> None:
    colours = """() => [
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('h1')).color,
        getComputedStyle(document.querySelector('.curve.main')).stroke,
        getComputedStyle(document.querySelector('.tick')).fill,
    ]"""
    light, dark = (
        watched.page.evaluate(colours)
        for scheme in ("light", "dark")
        for watched in opened(chromium, report, 1400, color_scheme=scheme)
    )
    assert all(by_day != by_night for by_day, by_night in zip(light, dark, strict=True))


def test_print_shows_everything_and_no_navigation(wide: Watched) -> None:
    wide.page.emulate_media(media="print", color_scheme="dark")
    assert wide.page.locator("nav").is_hidden()
    sections = wide.page.locator("section")
    assert all(section.is_visible() for section in sections.all())
    assert (
        wide.page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    clipped = "(code) => code.scrollHeight > code.clientHeight"
    assert not any(code.evaluate(clipped) for code in wide.page.locator("code.sql").all())


def test_on_paper_no_table_is_wider_than_the_page(chromium: Browser) -> None:
    for watched in opened(chromium, EXAMPLE, _A4):
        watched.page.emulate_media(media="print")
        ends = "(tables) => tables.map(one => one.getBoundingClientRect().right)"
        assert max(watched.page.locator("table").evaluate_all(ends)) <= _A4


def test_on_paper_what_unfolds_stays_on_the_sheet_and_leaves_none_empty(chromium: Browser) -> None:
    for watched in opened(chromium, EXAMPLE, _A4):
        printed = watched.page.pdf(format="A4", margin=dict.fromkeys(("left", "right"), "1cm"))
        assert len(re.findall(rb"/Type /Page\b", printed)) <= 15  # 22 where no row could go over two sheets
        watched.page.emulate_media(media="print")
        ends = "(texts) => texts.map(one => one.getBoundingClientRect().right)"
        assert max(watched.page.locator("details.plan pre").evaluate_all(ends)) <= _A4


def test_on_paper_a_table_repeats_the_words_of_its_head(wide: Watched) -> None:
    """A button, as a box of its own, is left out of a head that a browser repeats on the next sheet."""
    wide.page.emulate_media(media="print")
    boxes = "(buttons) => buttons.map(one => getComputedStyle(one).display)"
    assert set(wide.page.locator("thead button").evaluate_all(boxes)) == {"contents"}


def test_the_page_is_whole_without_scripts(chromium: Browser, report: Path) -> None:
    for watched in opened(chromium, report, 1400, java_script_enabled=False):
        assert watched.page.locator("section").count() == 12
        assert watched.page.locator(".marks .curve").count() >= len(CHARTS)
        assert watched.page.locator("#endpoints tbody tr").count() == len(PATHS)


def test_what_was_not_collected_is_said_where_its_chart_would_be(chromium: Browser, tmp_path: Path) -> None:
    bare = written(tmp_path, arrivals=arrivals_table([0] * SECONDS), traffic=[traffic(0, PATHS[0])])
    for watched in opened(chromium, bare, 1400):
        for name in ("arrivals", "hit-rate", "connections", "cpu"):
            assert watched.page.locator(f"#chart-{name} .absent").is_visible()
            assert watched.page.locator(f"#chart-{name} svg").count() == 0
        assert watched.messages == []


def test_every_focusable_part_shows_that_it_has_the_focus(wide: Watched) -> None:
    parts = wide.page.locator("a[href]:visible, button:visible, [tabindex='0']:visible").all()
    assert len(parts) > 20
    for part in parts[:40]:
        part.press("Shift")
        assert part.evaluate("(element) => getComputedStyle(element).outlineStyle") != "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_an_accessibility_checker_finds_nothing(
    chromium: Browser, report: Path, npm_file: Callable[[str, str], Path], width: int, scheme: str
) -> None:
    axe = npm_file("axe-core", "axe.min.js").read_text(encoding="utf-8")
    for watched in opened(chromium, report, width, color_scheme=scheme, bypass_csp=True):
        assert violations(watched, axe) == []
