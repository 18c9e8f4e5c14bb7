"""A platform that says 200 and does something else: every such answer is a failure, under its own name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from plain_locust import Until, run_locust
from proxying import Answer, proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from astral_process import AstralField
    from proxying import Asked

LIES = {
    ("GET", "/api/matchups"): {"games": []},
    ("GET", "/api/waivers"): [],
    ("POST", "/api/trades"): {"error": "Failed to create trade"},
    # Says it is done, and forgets it.
    ("POST", "/api/teams/lineup"): {"success": True, "updated": 16},
}
COMPLAINTS = {
    ("GET", "/api/matchups"): "'matchups' is missing",
    ("GET", "/api/waivers"): "content of another shape",
    ("POST", "/api/trades"): "an error body under a status of success",
    ("GET", "/api/teams"): "a lineup that did not stick",
}


def lying(asked: Asked, ask_the_platform: Callable[[Asked], Answer]) -> Answer:
    if (lie := LIES.get((asked.method, asked.path))) is not None:
        return Answer(200, [("content-type", "application/json")], json.dumps(lie).encode())
    return ask_the_platform(asked)


def test_a_wrong_answer_is_a_failure_whatever_its_status(astral_field: AstralField, tmp_path: Path) -> None:
    with proxy(astral_field, lying) as url:
        run = run_locust(url, tmp_path, Until(least_s=5, failures=COMPLAINTS), "-u", "30", "-r", "30")
    assert run.failures.keys() == COMPLAINTS.keys()
    assert all(complaint in run.failures[where] for where, complaint in COMPLAINTS.items())
    assert "Traceback" not in run.output
