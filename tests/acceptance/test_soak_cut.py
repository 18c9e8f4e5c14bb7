"""A soak whose network is cut for a while: the target's misfortune, told as such, and not the end of the run.

Target and Redis live in a network namespace of their own; the cable between it and us is pulled and put back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine
from night import MAX_IN_FLIGHT, is_listening, options_of_soak, outcomes, requests_in, serving, until

from preseason.errors import ExitCode
from preseason.run.reading import read_run
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REDIS = shutil.which("redis-server")
TARGET_PORT, REDIS_PORT = 8080, 6379
CUT_S = 8.0


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@dataclass(frozen=True)
class Elsewhere:
    """A machine of its own, as far as the network goes, at the other end of a cable."""

    name: str
    log: Path
    address: str

    def runs(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *command]

    def cut(self, seconds: float) -> tuple[float, float]:
        """Pull the cable for so long; when it was out."""
        ip("-n", self.name, "link", "set", "eth0", "down")
        began_s = time.time()
        time.sleep(seconds)
        ip("-n", self.name, "link", "set", "eth0", "up")
        return began_s, time.time()

    def seen(self) -> Counter[int]:
        """Requests by the second in which the target saw them."""
        return Counter(map(int, requests_in(self.log)))


def cabled(name: str, ours: str, theirs: str) -> None:
    cable = f"{name}-0"
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
    ip("addr", "add", f"{ours}/30", "dev", cable)
    ip("link", "set", cable, "up")
    ip("-n", name, "addr", "add", f"{theirs}/30", "dev", "eth0")
    ip("-n", name, "link", "set", "eth0", "up")
    ip("-n", name, "link", "set", "lo", "up")


def two_addresses(number: int) -> tuple[str, str]:
    """The ends of a cable, which no other run of the tests on this machine has."""
    first = 0x0AD50000 + number % 2**14 * 4  # a network of four in 10.213.0.0/16
    return str(IPv4Address(first + 1)), str(IPv4Address(first + 2))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    name, log = f"ps{os.getpid() % 10**6}", tmp_path / "target.log"
    if os.geteuid() != 0 or REDIS is None or shutil.which("ip") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs root, ip and redis-server")
    log.touch()
    ours, theirs = two_addresses(os.getpid())
    there = Elsewhere(name, log, theirs)
    serve = serving(TARGET_PORT, log, theirs)
    cache = [REDIS, "--bind", theirs, "--port", str(REDIS_PORT), "--protected-mode", "no", "--save", ""]
    ip("netns", "add", name)
    with ExitStack() as stack:
        stack.callback(ip, "netns", "delete", name)
        cabled(name, ours, theirs)
        for command in (serve, cache):
            quiet = subprocess.DEVNULL
            process = stack.enter_context(subprocess.Popen(there.runs(*command), stdout=quiet, cwd=tmp_path))
            stack.callback(process.kill)
        until(lambda: all(is_listening(port, theirs) for port in (TARGET_PORT, REDIS_PORT)))
        yield there


@pytest.mark.root
@pytest.mark.gate
def test_a_cut_network_is_told_as_the_targets_and_costs_the_run_nothing_else(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    preseason = CommandLine(tmp_path)
    asked = options_of_soak(
        tmp_path, f"http://{elsewhere.address}:{TARGET_PORT}", "errors < 1 %", "p95 < 200 ms"
    )
    there = ("--allow", elsewhere.address, "--redis", f"redis://{elsewhere.address}:{REDIS_PORT}")

    with preseason.started("soak", *asked, *there, "--duration", "40s") as command:
        until(lambda: elsewhere.seen().total() >= 60)
        out_s, back_s = elsewhere.cut(CUT_S)
        output, errors = command.communicate(timeout=120)
    (folder,) = preseason.runs()
    run, seen = read_run(folder), elsewhere.seen()
    gaps = [event for event in run.timeline if event.kind is EventKind.GAP]
    recorded = Counter[int]()
    for row in read_segments(folder, Table.REQUESTS).to_pylist():
        recorded[row["second"]] += row["requests"]

    assert outcomes(folder)["p95 < 200 ms"] != "PASS", output + errors
    assert command.returncode != ExitCode.PASS
    assert run.manifest.load_ended_s == run.manifest.load_started_s + 40
    assert "generator" not in {gap.source for gap in gaps}
    assert any(gap.source == "redis" and gap.at_s < back_s and gap.until_s > out_s for gap in gaps)
    assert recorded.total() == pytest.approx(seen.total(), abs=10)
    quiet = [second for second in seen if not out_s - 2 < second < back_s + 15]
    assert all(abs(recorded[second] - seen[second]) <= MAX_IN_FLIGHT for second in quiet)
    assert sum(seen[second] for second in seen if second > back_s) > 100
