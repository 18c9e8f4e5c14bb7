"""A soak whose processes are killed fifty times each: what is lost, by the target's own log of requests.

The traffic process and the collectors' process are killed at random moments while the load is made, again and
again, and so is ``preseason soak`` itself, after which ``preseason resume`` goes on. Of each gap it is told
how much of what had been sampled, or answered, before the kill that made it is missing.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from benchmarks.support import machine
from preseason.embedded.server import free_port
from preseason.run.reading import read_run
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import Event, EventKind, read_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS, LONGEST_WAIT_S, RATE = 50, 6.0, 50
LONGEST_S = 3600
CHILDREN, COMMAND = ("traffic", "collectors"), "the command"
#: Which process records what a source tells.
RECORDED = {"generator": "traffic", "host": "collectors"}
TARGET = Path(__file__).parents[1] / "tests" / "integration" / "traffic" / "logged_target.py"
SCENARIO = """
from locust import FastHttpUser, task

class Somebody(FastHttpUser):
    @task
    def read(self):
        self.client.get("/x")
"""
SLO = f"""
load: {{model: open, rate: {RATE}/s, duration: {LONGEST_S}s, warmup: 0s, max_in_flight: 5}}
objectives: [errors < 1 %]
"""


def main() -> None:
    """Kill, compare, tell."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        log = folder / "target.log"
        log.touch()
        (folder / "somebody_else.py").write_text(SCENARIO)
        (folder / "night.yaml").write_text(SLO)
        with subprocess.Popen([sys.executable, str(TARGET), str(port), str(log), "3600", "0"]) as target:
            killed = soaked(folder, f"http://127.0.0.1:{port}", log)
            target.kill()
        (run,) = (path.parent for path in folder.glob("reports/*/run.json"))
        _say(run, killed, log)


def soaked(folder: Path, url: str, log: Path) -> dict[str, list[float]]:
    """When each process was killed, by its name."""
    options = ("--target", url, "--locustfile", "somebody_else.py", "--slo", "night.yaml", "--rest", "0s")
    soak = _started(folder, "soak", *options, "--cool-down", "0s")
    killed: dict[str, list[float]] = {name: [] for name in (*CHILDREN, COMMAND)}
    draw = random.Random(8)
    while min(map(len, killed.values())) < KILLS:
        _await_load(log)
        time.sleep(draw.uniform(0.0, LONGEST_WAIT_S))
        for name in CHILDREN:
            killed[name].extend(_killed(soak.pid, name))
        _await_load(log)
        time.sleep(draw.uniform(0.0, LONGEST_WAIT_S))
        soak.kill()
        killed[COMMAND].append(time.time())
        soak.wait()
        soak = _started(folder, "resume", "latest")
        print("killed " + ", ".join(f"{name} {len(at_s)}" for name, at_s in killed.items()), file=sys.stderr)
    _await_load(log)
    time.sleep(LONGEST_WAIT_S)
    soak.send_signal(signal.SIGTERM)
    soak.wait()
    return killed


def _started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "preseason.cli", *words, "--quiet"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)


def _await_load(log: Path) -> None:
    """Until the target is asked again."""
    before = log.stat().st_size
    while log.stat().st_size < before + 20 * RATE:
        time.sleep(0.05)


def _killed(pid: int, module: str) -> Iterator[float]:
    for process in psutil.Process(pid).children():
        with suppress(psutil.Error):
            if process.cmdline()[-1:] == [f"preseason.{module}"]:
                process.kill()
                yield time.time()


def _say(run: Path, killed: dict[str, list[float]], log: Path) -> None:
    gaps = [event for event in read_timeline(run) if event.kind is EventKind.GAP]
    load = [gap for gap in gaps if gap.source == "generator"]
    sampled = [gap for gap in gaps if gap.source == "host"]
    wrong, seconds = _differing(run, load, log)
    print(f"\n{KILLS} kills of each process, {RATE} requests/s; {machine.description()}\n")
    print("| killed | kills | gaps | missing before the kill, median s | longest s | gap, median s |")
    print("|---|---|---|---|---|---|")
    for name, times in killed.items():
        left = [gap for gap in (*load, *sampled) if _killer(gap, killed) == name]
        lost, lengths = (
            [_lost_s(gap, killed) for gap in left],
            [(gap.until_s or gap.at_s) - gap.at_s for gap in left],
        )
        told = f"{np.median(lost):.1f} | {max(lost):.1f} | {np.median(lengths):.1f}"
        print(f"| {name} | {len(times)} | {len(left)} | {told} |")
    print(f"\nOf {seconds} seconds outside the gaps, {wrong} differ from the target's own log.")


def _first(gap: Event, killed: dict[str, list[float]]) -> tuple[float, str]:
    """The kill that made a gap, and of what; one that was killed again before it worked lengthened it."""
    until_s, records = gap.until_s or gap.at_s, RECORDED[gap.source]
    kills = [(at_s, name) for name in (records, COMMAND) for at_s in killed[name]]
    inside = [kill for kill in kills if gap.at_s <= kill[0] <= until_s]
    return min(inside, default=(gap.at_s, ""))


def _killer(gap: Event, killed: dict[str, list[float]]) -> str:
    return _first(gap, killed)[1]


def _lost_s(gap: Event, killed: dict[str, list[float]]) -> float:
    return _first(gap, killed)[0] - gap.at_s


def _differing(run: Path, gaps: list[Event], log: Path) -> tuple[int, int]:
    """Seconds of the load outside the gaps in which the run and the target's log differ by more than two."""
    lines = (line.split() for line in log.read_text().splitlines())
    came = [int(float(at_s)) for at_s, path in lines if path == "/x"]
    table = read_segments(run, Table.REQUESTS)
    recorded = np.bincount(table["second"].to_numpy() - came[0] + 1, weights=table["requests"].to_numpy())
    seen = np.bincount(np.array(came) - came[0] + 1, minlength=len(recorded))
    began_s = int(read_run(run).manifest.load_started_s or came[0])
    chosen = [
        second
        for second in range(began_s - came[0] + 1, len(recorded) - 1)
        if not any(gap.at_s <= second + came[0] - 1 < (gap.until_s or 0) for gap in gaps)
    ]
    return sum(abs(recorded[second] - seen[second]) > 2 for second in chosen), len(chosen)


if __name__ == "__main__":
    main()
