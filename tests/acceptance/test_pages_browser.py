"""Every kind of page but a run's, in a browser: what the design promises, it keeps on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from watched import opened, violations

import page_specimen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind", page_specimen.PAGES)
def test_a_page_is_silent_fits_a_phone_and_can_be_read_by_anybody(
    kind: str, chromium: Browser, tmp_path: Path, npm_file: Callable[[str, str], Path]
) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_specimen.PAGES[kind](), encoding="utf-8")
    axe = npm_file("axe-core", "axe.min.js").read_text(encoding="utf-8")
    for watched in opened(chromium, path, 390, bypass_csp=True):
        assert watched.page.evaluate("document.documentElement.scrollWidth") == 390
        assert watched.page.locator(".marks .curve, .dot").count() > 0
        assert violations(watched, axe) == []
        watched.page.set_viewport_size({"width": 1400, "height": 900})
        watched.page.emulate_media(color_scheme="dark")
        assert violations(watched, axe) == []
        watched.page.emulate_media(media="print")
        assert all(section.is_visible() for section in watched.page.locator("section").all())
        assert watched.requests == [path.as_uri()]
        assert watched.messages == []


_BROKEN_WORDS = """
(places) => [...document.querySelectorAll(places)].flatMap(one => {
  const text = one.firstChild, broken = [];
  if (text?.nodeType !== Node.TEXT_NODE) return [];
  for (const word of text.data.matchAll(/[^\\s\\u202f\\/-]{1,8}(?:[\\u202f\\u00a0][a-zA-Z%]+)?/g)) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) broken.push(word[0]);
  }
  return broken;
})
"""


def test_on_a_phone_no_figure_is_parted_from_its_unit(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_specimen.PAGES["trend"](), encoding="utf-8")
    for watched in opened(chromium, path, 390):
        assert watched.page.locator(".data td .remark").count() > 0
        assert watched.page.evaluate(_BROKEN_WORDS, ".data td .remark") == []


@pytest.mark.parametrize("kind", ["comparison", "trend", "triggers"])
def test_on_a_phone_what_a_row_comes_to_is_in_sight(kind: str, chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_specimen.PAGES[kind](), encoding="utf-8")
    for watched in opened(chromium, path, 390):
        ends = "(badges) => badges.map(one => one.getBoundingClientRect().right)"
        found = watched.page.locator("table .badge").evaluate_all(ends)
        assert found
        assert max(found) <= 390


def test_on_a_phone_no_word_of_a_capacity_page_is_broken(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_specimen.PAGES["capacity"](), encoding="utf-8")
    for watched in opened(chromium, path, 390):
        assert watched.page.evaluate(_BROKEN_WORDS, ".data td, .data td .remark, .facts dd") == []


def test_a_chart_that_is_no_time_series_is_read_at_a_place_too(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_specimen.page(), encoding="utf-8")
    for watched in opened(chromium, path, 1400):
        chart = watched.page.locator("#chart-throughput")
        box = chart.locator(".axes").bounding_box()
        assert box is not None
        watched.page.mouse.move(box["x"] + 1, box["y"] + 40)
        assert chart.locator(".figure").nth(1).inner_text() == "step 1: 64.9/s"
        assert chart.locator(".cursor").get_attribute("data-place") == "1"
        trend = watched.page.locator("#chart-trend")
        for _ in range(3):
            trend.press("ArrowRight")
        assert trend.locator(".cursor").get_attribute("data-place") == "2026-11-04"
