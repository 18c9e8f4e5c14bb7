"""The style sheet's promises, computed: text is readable, and lines can be told apart, in every theme."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files

import pytest

CSS = files("preseason.report").joinpath("templates/style.css").read_text(encoding="utf-8")
BLOCKS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
THEMES = {
    name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for name, block in zip(("light", "dark", "print"), BLOCKS, strict=True)
}
TEXT = ("ink", "muted", "link", "pass", "fail", "undecided", "neutral", "limit")
ON_GROUND = ("pass", "fail", "undecided", "neutral")
LINES = ("main", "strong", "third", "fourth", "fifth", "quiet")


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", TEXT)
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_text_reaches_aa_contrast(theme: str, role: str, ground: str) -> None:
    assert contrast(THEMES[theme][role], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", ON_GROUND)
def test_a_badge_reaches_aa_contrast_on_its_own_ground(theme: str, role: str) -> None:
    assert contrast(THEMES[theme][role], THEMES[theme][f"{role}-ground"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", LINES)
@pytest.mark.parametrize("ground", ["page", "band"])
def test_a_line_stands_out_from_its_ground(theme: str, role: str, ground: str) -> None:
    assert contrast(THEMES[theme][role], THEMES[theme][ground]) >= 3.0


def linear(colour: str) -> list[float]:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


#: Machado, Oliveira and Fernandes (2009), severity 1.0: what dichromats see of linear RGB.
DICHROMATS = {
    "protanope": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranope": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", DICHROMATS)
@pytest.mark.parametrize(("one", "other"), tuple(itertools.combinations(LINES[:-1], 2)))
def test_lines_that_meet_stay_apart_for_colour_blind_eyes(
    theme: str, eyes: str, one: str, other: str
) -> None:
    def seen(role: str) -> list[float]:
        rgb = linear(THEMES[theme][role])
        return [sum(w * part for w, part in zip(row, rgb, strict=True)) for row in DICHROMATS[eyes]]

    distance = sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5
    assert distance > 0.15


@pytest.mark.parametrize(("one", "other"), tuple(itertools.combinations(("strong", "main", "third"), 2)))
def test_the_three_lines_that_meet_most_stay_apart_on_grey_paper(one: str, other: str) -> None:
    """In CIE lightness, where 100 lie between black and white."""
    first, second = (116 * luminance(THEMES["print"][role]) ** (1 / 3) for role in (one, other))
    assert abs(first - second) > 8


def test_colours_stand_in_the_variables_alone() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", re.sub(r"#chart-[\w-]+", "", rules)) == []


def test_every_colour_has_a_value_in_every_theme() -> None:
    assert set(THEMES["light"]) - {"focus"} <= set(THEMES["print"]) | {"focus"}
    assert set(THEMES["light"]) == set(THEMES["dark"])
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))
    assert used <= set(THEMES["light"])
