"""A soak as it is run at night: everything of it is killed, and in the morning there is a verdict."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import psutil
import pytest
from commandline import CommandLine, running
from in_process import InProcess
from night import MAX_IN_FLIGHT, is_listening, options_of_soak, outcomes, requests_in, serving, until

from preseason.campaign.soak.state import was_stopped
from preseason.embedded.server import free_port
from preseason.errors import ExitCode
from preseason.run.reading import read_run
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind, read_timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from preseason.run.timeline import Event


@dataclass(frozen=True)
class Target:
    """A server that logs what it was asked, under a supervisor that starts it again two seconds later."""

    port: int
    log: Path
    supervisor: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def restart(self) -> None:
        for server in psutil.Process(self.supervisor.pid).children():
            with suppress(psutil.NoSuchProcess):
                server.kill()

    def requests(self) -> list[float]:
        """When the target itself saw each request of the load."""
        return requests_in(self.log)


@pytest.fixture
def preseason(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    log, port = tmp_path / "target.log", free_port()
    log.touch()
    loop = f"while :; do {shlex.join(serving(port, log))} >/dev/null; sleep 2; done"
    with subprocess.Popen(["sh", "-c", loop], start_new_session=True) as supervisor:
        try:
            until(lambda: is_listening(port))
            yield Target(port, log, supervisor)
        finally:
            os.killpg(supervisor.pid, signal.SIGKILL)


@pytest.fixture
def asked(preseason: CommandLine, target: Target) -> tuple[str, ...]:
    """The options of a soak of that target."""
    return options_of_soak(preseason.folder, target.url, "errors < 1 %")


def kill(command: subprocess.Popen[str], module: str) -> bool:
    """Whether a process of ours ran ``module``, which now it does no more."""
    found = running(command.pid, module)
    for one in found:
        one.kill()
    return bool(found)


def loading(target: Target, since: int = 0) -> Callable[[], bool]:
    return lambda: len(target.requests()) > since + 40


def answered_in(folder: Path) -> dict[int, int]:
    """Requests that were answered well, by the second they ended in."""
    table = read_segments(folder, Table.REQUESTS)
    counted = table.filter(table["ok"]).group_by("second").aggregate([("requests", "sum")]).to_pylist()
    return {row["second"]: row["requests_sum"] for row in counted}


def differences(seen: list[float], answered: dict[int, int], gaps: list[Event]) -> list[int]:
    """Requests seen less those answered, by second but for those of gaps.

    What is in flight at the end of a second is answered in another one than it was seen in; in sum, only what
    is in flight where a gap begins or ends makes a difference.
    """
    came = Counter(map(int, seen))
    known = (second for second in came if not any(gap.at_s <= second < gap.until_s for gap in gaps))
    return [came[second] - answered.get(second, 0) for second in known]


@pytest.mark.gate
def test_a_night_in_which_everything_is_killed_ends_with_a_verdict(
    preseason: CommandLine, target: Target, asked: tuple[str, ...]
) -> None:
    with preseason.started("soak", *asked, "--duration", "40s") as command:
        until(loading(target))
        target.restart()
        until(loading(target, len(target.requests())))
        killed_s = time.time()
        for ours in ("collectors", "traffic"):
            until(partial(kill, command, f"preseason.{ours}"))
        until(loading(target, len(target.requests())))
        command_killed_s = time.time()
        command.kill()
    (folder,) = preseason.runs()
    killed = read_run(folder)
    shown = preseason("show", folder.name)
    went_on = preseason("resume", "latest")
    run, seen = read_run(folder), target.requests()
    gaps = [event for event in run.timeline if event.kind is EventKind.GAP and event.source == "generator"]

    assert killed.is_abandoned
    assert "(killed)" in shown.output
    assert [gap.text for gap in gaps] == [
        "the traffic process was killed by signal 9 before its work was done",
        "preseason was killed",
    ]
    for gap, at_s in zip(gaps, (killed_s, command_killed_s), strict=True):
        assert gap.at_s > max(seen_s for seen_s in seen if seen_s < at_s) - 5.0
    assert {event.source for event in run.timeline if event.kind is EventKind.GAP} >= {"host", "health"}
    unlike = differences(seen, answered_in(folder), gaps)
    assert max(map(abs, unlike)) <= MAX_IN_FLIGHT
    assert abs(sum(unlike)) <= MAX_IN_FLIGHT * 2 * (len(gaps) + 1)
    assert run.manifest.load_ended_s == run.manifest.load_started_s + 40
    assert (run.manifest.status, run.is_abandoned) == ("resumed", False)
    assert went_on.exit_code in {ExitCode.UNDECIDED, ExitCode.INVALID}, went_on.all
    assert outcomes(folder)["errors < 1 %"] == "UNDECIDED"
    assert "of the judged time; it takes at least 90 %" in went_on.output
    assert preseason("resume", "latest").exit_code == ExitCode.BAD_INPUT
    assert preseason("resume", "latest", "--if-unfinished").exit_code == ExitCode.PASS


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "preseason-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        if os.environ.get("CI"):
            pytest.fail("a small file system cannot be mounted here, and CI must be able to")
        pytest.skip("mounting takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as ballast:
        while ballast.write(b"x" * 65536):
            pass
    raise OSError(28, "No space left on device")  # a short write: the next has no room at all


@pytest.mark.root
def test_a_disk_that_fills_up_ends_the_recording_and_leaves_a_verdict(
    preseason: CommandLine, target: Target, asked: tuple[str, ...]
) -> None:
    reports = preseason.folder / "reports"
    hooks = ("--notify", "sh -c 'exit 3'", "--notify", f"sh -c 'cat >>{preseason.folder / 'told.jsonl'}'")
    with small_disk(reports):
        with preseason.started("soak", *asked, "--duration", "20s", *hooks) as command:
            until(loading(target))
            with pytest.raises(OSError, match="No space left"):
                fill(reports / "ballast")
            output, errors = command.communicate(timeout=90)
            (told,) = map(json.loads, (preseason.folder / "told.jsonl").read_text().splitlines())
        (folder,) = preseason.runs()
        gaps = [event for event in read_timeline(folder) if event.kind is EventKind.GAP]

        assert command.returncode in {ExitCode.UNDECIDED, ExitCode.INVALID}, errors
        assert outcomes(folder)["errors < 1 %"] == "UNDECIDED"
        assert "Traceback" not in output + errors
        assert "the run's folder cannot be written: No space left on device" in errors
        assert any("cannot be written" in gap.text for gap in gaps)
        assert (folder / "verdict.json").is_file()
        assert told["state"] == json.loads((folder / "verdict.json").read_text())["verdict"]
        assert (told["before"], told["run"]) == ("PASS", folder.name)
        assert "a notification hook failed: sh: it ended with status 3" in errors
        assert "told.jsonl" not in (folder / "run.json").read_text()


def test_a_soak_without_a_verdict_is_told_why_and_once(
    preseason: CommandLine, target: Target, asked: tuple[str, ...]
) -> None:
    here, told = InProcess(preseason.folder), preseason.folder / "told.jsonl"
    hooks = ("--notify", f"sh -c 'cat >>{told}'")

    def states() -> list[tuple[str, str]]:
        messages = map(json.loads, told.read_text().splitlines())
        return [(one["state"], one["text"]) for one in messages]

    for _ in range(2):
        with preseason.started("soak", *asked, *hooks) as command:
            until(loading(target, len(target.requests())))
            command.send_signal(signal.SIGTERM)
            assert command.wait(timeout=60) == ExitCode.INTERRUPTED
    ((interrupted, why),) = states()
    assert interrupted == "INTERRUPTED"
    assert f"preseason soak night of {target.url}: no verdict" in why
    assert "the soak was stopped" in why

    (preseason.folder / "night.yaml").rename(preseason.folder / "removed.yaml")
    for _ in range(2):
        assert here("soak", *asked, *hooks).exit_code == ExitCode.BAD_INPUT
    _, (wrong, why) = states()
    assert wrong == "BAD_INPUT"
    assert "night.yaml" in why

    told.unlink()
    (preseason.folder / "reports" / "notified.json").unlink()
    assert here("soak", *asked, *hooks, "--notify", "slack:nowhere").exit_code == ExitCode.BAD_INPUT
    assert here("soak", *asked, *hooks, "--duration", "long").exit_code == ExitCode.BAD_INPUT
    ((wrong, why),) = states()
    assert (wrong, "--duration long" in why) == ("BAD_INPUT", True)


@pytest.fixture
def guarded(preseason: CommandLine, target: Target) -> tuple[str, ...]:
    """The options of a soak that a guardrail ends: nothing of what it asks for is there."""
    objective = "{objective: errors < 1 %, guardrail: true}"
    return options_of_soak(preseason.folder, target.url, objective, path="/missing")


def test_a_soak_that_is_killed_after_its_guardrail_broke_is_only_judged(
    preseason: CommandLine, guarded: tuple[str, ...]
) -> None:
    with preseason.started("soak", *guarded, "--duration", "2m", "--cool-down", "60s") as command:
        until(lambda: any(map(was_stopped, preseason.runs())))
        command.kill()
    (folder,) = preseason.runs()
    gone_on = preseason("resume", "latest")
    run = read_run(folder)

    assert gone_on.exit_code in {ExitCode.FAILED, ExitCode.INVALID}, gone_on.all
    assert outcomes(folder)["errors < 1 %"] == "FAIL"
    assert (run.manifest.status, run.is_abandoned) == ("interrupted", False)
    assert not any(event.kind is EventKind.RESUMED for event in run.timeline)


def test_a_guardrail_ends_a_soak_for_good(preseason: CommandLine, guarded: tuple[str, ...]) -> None:
    ended = preseason("soak", *guarded, "--duration", "2m")
    (folder,) = preseason.runs()
    run = read_run(folder)
    told = preseason.folder / "told.jsonl"
    here = InProcess(preseason.folder)
    gone_on = here("resume", "latest", "--notify", f"sh -c 'cat >>{told}'")

    assert not told.exists(), "that nothing is left to do is no news of the target"
    assert ended.exit_code in {ExitCode.FAILED, ExitCode.INVALID}, ended.all
    assert outcomes(folder)["errors < 1 %"] == "FAIL"
    assert "Its guardrail errors < 1 % broke" in ended.output
    assert run.manifest.load_ended_s - run.manifest.load_started_s < 60
    assert any(event.kind is EventKind.STOPPED for event in run.timeline)
    assert gone_on.exit_code == ExitCode.BAD_INPUT
    assert "nothing is left to do" in gone_on.all
    assert here("resume", "latest", "--if-unfinished").exit_code == ExitCode.PASS
