"""What ``preseason show`` prints fits a terminal, and names every endpoint whole."""

from __future__ import annotations

import pytest

from preseason.cli.show import table_within
from preseason.verdict.endpoints import EndpointSummary, LatencySummary

TIMES = LatencySummary(p50=2.0, p90=9.0, p95=14.6, p99=38.0, max=1299.5, mean=3.0)
LONG = "/api/leagues/{leagueId}/teams/{teamId}/roster"


def endpoint(name: str, times: LatencySummary = TIMES) -> EndpointSummary:
    return EndpointSummary("GET", name, 484, 3, times, times)


@pytest.mark.parametrize("width", [80, 120])
def test_every_name_is_whole_on_one_line_and_no_line_is_longer_than_the_terminal(width: int) -> None:
    lines = list(table_within([endpoint(LONG), endpoint("/api/teams")], width))

    assert any(line.startswith(f"GET {LONG}") for line in lines)
    assert all(len(line) <= width for line in lines)
    assert [line.split()[-6:] for line in lines if "484" in line] == 2 * [
        ["484", "3", "2.0", "14.6", "38.0", "1299.5"]
    ]


def test_figures_stand_below_each_other_whatever_the_names_are() -> None:
    lines = list(table_within([endpoint(LONG), endpoint("/a")], 80))
    assert len({len(line) for line in lines if line != f"GET {LONG}"}) == 1


def test_a_name_in_brackets_is_shown_and_one_that_would_move_the_cursor_is_not_obeyed() -> None:
    (_, brackets, moving) = table_within([endpoint("/[slug]"), endpoint("/\x1b[2J")], 80)
    assert brackets.startswith("GET /[slug] ")
    assert "\x1b" not in moving


def test_an_endpoint_without_times_has_dashes() -> None:
    nothing = LatencySummary(None, None, None, None, None, None)
    assert list(table_within([endpoint("/a", nothing)], 80))[1].split()[-4:] == 4 * ["–"]


def test_a_run_without_requests_has_heads_only() -> None:
    assert len(list(table_within([], 80))) == 1
