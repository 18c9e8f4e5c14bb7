"""Tells somebody when the state of a target changes, and only then: a command, a webhook, a Slack channel.

::

    /usr/local/bin/page --quiet          a command, split as a shell would; the message is on its input
    https://hooks.example.org/preseason  a webhook: the message is posted as JSON
    slack:https://hooks.slack.com/…      the same for what takes Slack's form, {"text": …}, and nothing else

What was told last is kept beside the runs, for each hook apart: one that failed is told the next time. No
hook can spoil a soak.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from preseason.errors import BadInputError, Problem
from preseason.run.durable import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FILE = "notified.json"
_SLACK = "slack:"
_WEBHOOKS = ("http://", "https://")
_WITHIN_S = 15.0
#: Of a target that nobody was told about, it is assumed that it is well.
WELL = "PASS"


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: ``state`` is the verdict, or why there is none; ``before`` is what was told last."""

    text: str
    state: str
    before: str
    target: str
    slo: str
    run: str
    report: str


class Told(BaseModel):
    """``notified.json``: by hook and target, the state that was told last. Hooks are kept as digests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    states: dict[str, str] = {}


def check_hooks(hooks: Iterable[str], *, installed: bool = False) -> tuple[str, ...]:
    """The hooks; BadInputError with every one that cannot be one, with ``installed`` also for commands that
    are not there.

    That is asked when a soak begins. What is to go on after a reboot must not fail for a hook's sake.
    """
    found = tuple(hooks)
    problems = [problem for hook in found if (problem := _problem(hook, installed=installed)) is not None]
    if problems:
        raise BadInputError(problems)
    return found


def notify(hooks: Iterable[str], folder: Path, message: Message, warn: Callable[[str], None]) -> None:
    """Tell each hook whose last state differs, and keep what was told in ``folder``.

    What goes wrong is told to ``warn``, and is nobody else's business.
    """
    told = _read(folder)
    states = dict(told.states)
    for hook in hooks:
        key = _digest(hook, message.target, message.slo)
        before = states.get(key, WELL)
        if before == message.state:
            continue
        try:
            _tell(hook, Message(**{**asdict(message), "before": before}))
        except (OSError, ValueError, subprocess.SubprocessError, httpx.HTTPError) as error:
            warn(f"a notification hook failed: {_shown(hook)}: {_why(error)}")
        else:
            states[key] = message.state
    if states != told.states:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(folder / FILE, Told(states=states).model_dump_json(indent=2) + "\n")
        except OSError as error:
            warn(f"what was told cannot be kept in {folder / FILE}: {error.strerror}")


def _tell(hook: str, message: Message) -> None:
    if hook.startswith(_SLACK):
        _post(hook.removeprefix(_SLACK), {"text": message.text})
    elif hook.startswith(_WEBHOOKS):
        _post(hook, asdict(message))
    else:
        _run(hook, message)


def _post(url: str, document: dict[str, str]) -> None:
    httpx.post(url, json=document, timeout=_WITHIN_S, follow_redirects=False).raise_for_status()


def _run(command: str, message: Message) -> None:
    subprocess.run(  # noqa: S603 - the user's own command, without a shell
        shlex.split(command),
        input=json.dumps(asdict(message)) + "\n",
        env={**os.environ, "PRESEASON_STATE": message.state, "PRESEASON_BEFORE": message.before},
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=_WITHIN_S,
        check=True,
    )


def _read(folder: Path) -> Told:
    """What was told; nothing where that was never kept, or cannot be read: better told twice than never."""
    try:
        return Told.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return Told()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _problem(hook: str, *, installed: bool) -> Problem | None:
    remedy = "write a command, https://…, or slack:https://…"
    url = hook.removeprefix(_SLACK)
    if hook.startswith((_SLACK, *_WEBHOOKS)):
        try:
            sound = urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
        except ValueError:
            sound = False
        return None if sound else Problem("is no address of a webhook", "--notify", remedy)
    try:
        words = shlex.split(hook)
    except ValueError as error:
        return Problem(f"is no command: {error}", "--notify", remedy)
    if not words:
        return Problem("is empty", "--notify", remedy)
    if installed and shutil.which(words[0]) is None:
        return Problem(f"there is no such command: {words[0]}", "--notify", remedy)
    return None


def _shown(hook: str) -> str:
    """Enough to know which: the address of a webhook is a secret as a whole."""
    url = hook.removeprefix(_SLACK)
    if hook.startswith((_SLACK, *_WEBHOOKS)):
        return f"webhook at {urlsplit(url).hostname}"
    return shlex.split(hook)[0]


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code}"
    if isinstance(error, subprocess.CalledProcessError):
        said = " ".join((error.stderr or "").split())[-200:]
        return f"it ended with status {error.returncode}" + (f": {said}" if said else "")
    if isinstance(error, subprocess.TimeoutExpired | httpx.TimeoutException):
        return f"it took more than {_WITHIN_S:g} s"
    return type(error).__name__ if isinstance(error, httpx.HTTPError) else str(error)
