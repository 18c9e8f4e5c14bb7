"""Hooks as they are: commands that run, and servers that are posted to."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from preseason.campaign.soak.notifying import FILE, Message, check_hooks, notify
from preseason.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def message(state: str) -> Message:
    return Message(f"it is {state}", state, "", "http://a.example", "nightly", "run-1", "report.html")


@contextmanager
def receiving(status: int = 200) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The address of a webhook, and what is posted to it."""
    posted: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/secret-path", posted
        finally:
            server.shutdown()
            serving.join()


def tell(folder: Path, hooks: list[str], *states: str) -> list[str]:
    """Tell these states one after the other; what was warned of."""
    warnings: list[str] = []
    for state in states:
        notify(hooks, folder, message(state), warnings.append)
    return warnings


def test_only_changes_are_told_and_the_first_good_night_is_none(tmp_path: Path) -> None:
    with receiving() as (url, posted):
        assert tell(tmp_path, [url], "PASS", "FAIL", "FAIL", "UNDECIDED", "PASS", "PASS") == []

    assert [(one["before"], one["state"]) for one in posted] == [
        ("PASS", "FAIL"),
        ("FAIL", "UNDECIDED"),
        ("UNDECIDED", "PASS"),
    ]
    assert posted[0]["text"] == "it is FAIL"


def test_slack_gets_its_own_form_and_nothing_else(tmp_path: Path) -> None:
    with receiving() as (url, posted):
        tell(tmp_path, [f"slack:{url}"], "FAIL")

    assert posted == [{"text": "it is FAIL"}]


def test_a_command_has_the_message_and_the_states(tmp_path: Path) -> None:
    told = tmp_path / "told"
    hook = f"sh -c 'cat >{told}; echo $PRESEASON_BEFORE $PRESEASON_STATE >>{told}'"
    tell(tmp_path, [hook], "FAIL")
    first, last = told.read_text().splitlines()

    assert json.loads(first)["run"] == "run-1"
    assert last == "PASS FAIL"


def test_a_hook_that_fails_is_told_again_and_its_address_is_no_secret_let_out(tmp_path: Path) -> None:
    gone = "/no/such/command"
    with receiving(status=500) as (url, posted):
        warnings = tell(tmp_path, [url, gone], "FAIL", "FAIL")

    assert len(posted) == 2
    assert warnings[:2] == [
        "a notification hook failed: webhook at 127.0.0.1: it answered 500",
        f"a notification hook failed: {gone}: [Errno 2] No such file or directory: '{gone}'",
    ]
    assert not (tmp_path / FILE).exists()


def test_what_is_kept_holds_no_address(tmp_path: Path) -> None:
    with receiving() as (url, _):
        tell(tmp_path, [url], "FAIL")
    assert "secret-path" not in (tmp_path / FILE).read_text()


@pytest.mark.parametrize("hook", ["", "slack:nowhere", "https://", "sh -c 'open"])
def test_what_can_be_no_hook_is_refused_before_the_night(hook: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_hooks(["true", hook])
    assert len(refused.value.problems) == 1


def test_a_command_that_is_not_there_is_refused_when_a_soak_begins_and_not_when_it_goes_on() -> None:
    check_hooks(["no-such-command-here --quiet"])
    with pytest.raises(BadInputError, match="no such command: no-such-command-here"):
        check_hooks(["true", "no-such-command-here --quiet"], installed=True)


def test_a_state_that_cannot_be_read_is_told_again_rather_than_never(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{half of")
    with receiving() as (url, posted):
        tell(tmp_path, [url], "FAIL")
    assert len(posted) == 1
