"""The collectors' process as a campaign runs it, and private servers that a test may hurt."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from patience import PATIENCE_S, eventually

from preseason.collectors.settings import CollectorSettings
from preseason.run.samples import Samples
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import Event, EventKind, read_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.lifeline import Child, Lifeline

COLLECTORS = (sys.executable, "-m", "preseason.collectors")
#: A quick pace, so that tests are short.
PACE = {"interval_s": 0.2, "write_interval_s": 0.2, "statements_interval_s": 0.5, "health_interval_s": 0.2}


@dataclass
class Collecting:
    """A running collectors' process and the run it appends to."""

    folder: Path
    process: subprocess.Popen[str]
    said: list[dict[str, Any]] = field(default_factory=list)

    @property
    def samples(self) -> Samples:
        return Samples.of(read_segments(self.folder, Table.SAMPLES))

    @property
    def timeline(self) -> tuple[Event, ...]:
        return read_timeline(self.folder)

    def gaps(self, source: str) -> list[Event]:
        return [event for event in self.timeline if event.kind is EventKind.GAP and event.source == source]

    def notes(self, source: str) -> list[Event]:
        return [event for event in self.timeline if event.kind is EventKind.NOTE and event.source == source]

    def see_more_of(self, source: str, metric: str, count: int = 2) -> None:
        """Wait until so many more samples of a metric are on the disk."""
        before = len(self.samples.get(source, metric))
        eventually(lambda: len(self.samples.get(source, metric)) >= before + count)

    def see_gap(self, source: str) -> Event:
        """Wait for the gap of a source."""
        eventually(lambda: bool(self.gaps(source)))
        return self.gaps(source)[-1]

    def finish(self) -> int:
        """End its input, wait for it, and give its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE_S)


@contextmanager
def collecting(folder: Path, **settings: object) -> Iterator[Collecting]:
    """Collectors at a quick pace, ready when this is entered and gone when it is left."""
    document = CollectorSettings.model_validate({"run_folder": folder, **PACE, **settings}).model_dump_json()
    with subprocess.Popen(
        COLLECTORS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        running = Collecting(folder, process)
        listener = threading.Thread(target=_listen, args=(running,))
        listener.start()
        try:
            assert process.stdin is not None
            process.stdin.write(document + "\n")
            process.stdin.flush()
            eventually(lambda: bool(running.said))
            yield running
        finally:
            process.kill()
            listener.join()


def _listen(running: Collecting) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        running.said.append(json.loads(line))


def start_again(lifeline: Lifeline, child: Child, arguments: list[str] | None = None) -> Child:
    """Stop a server and start it once more on its port and its data, as whoever restarts it does."""
    process = psutil.Process(child.pid)
    again = [process.exe(), *(arguments or process.cmdline()[1:])]
    where, whose, environment = Path(process.cwd()), process.uids().real, process.environ()
    child.stop()
    return lifeline.start(again, name=child.name, cwd=where, user=whose, env=environment)
