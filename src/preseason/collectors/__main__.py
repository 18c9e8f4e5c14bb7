"""``python -m preseason.collectors``: sample until standard input ends or a signal asks to stop.

Standard input is one line of JSON (``settings.CollectorSettings``) and is then left open for lines of
``settings.Orders``; its end means stop, so nobody samples on after the process that wanted the samples.
Standard output is one JSON object a line, ``ready`` once, then ``progress``; ``failed`` where the samples
cannot be written. The exit status is 0, 2 where the settings are no settings, or 74 for a full disk.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import ValidationError

from preseason.collectors.host import HostCollector
from preseason.collectors.progress import Progress
from preseason.collectors.recording import Recording
from preseason.collectors.settings import CollectorSettings, Orders
from preseason.collectors.sources import collectors_for
from preseason.collectors.watch import Watch
from preseason.errors import ExitCode
from preseason.run.durable import CANNOT_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from preseason.collectors.collector import Collector

STDIN, STDOUT = 0, 1
#: How long the first attempts on all sources may take before we say what is ready.
READY_S = 8.0
READY_POLL_S = 0.05
#: How long a source may take for its last look; longer than any of its own timeouts.
LAST_LOOK_S = 8.0


class Ending:
    """Tells that standard input has ended or that SIGTERM or SIGINT came; its lines go to ``hear``."""

    def __init__(self, hear: Callable[[bytes], None], said: bytes = b"") -> None:
        self._hear = hear
        *lines, self._line = said.split(b"\n")
        for line in lines:
            hear(line)
        self._woken, waking = os.pipe()
        os.set_blocking(waking, False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # without a handler, nothing would be written to the pipe
        signal.set_wakeup_fd(waking)

    def comes_within(self, timeout_s: float) -> bool:
        """Wait for it, at most ``timeout_s``."""
        deadline = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline - time.monotonic())
            readable, *_ = select.select([STDIN, self._woken], [], [], left_s)
            if self._woken in readable or (STDIN in readable and not self._listen()):
                return True
            if not readable:
                return False

    def _listen(self) -> bool:
        """Take what was said; whether more may come."""
        said = os.read(STDIN, 65536)
        *lines, self._line = (self._line + said).split(b"\n")
        for line in lines:
            self._hear(line)
        return bool(said)


def main() -> int:
    """Sample what standard input asks for, until it ends."""
    try:
        line, rest = _first_line()
        settings = CollectorSettings.model_validate_json(line)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        sys.stderr.writelines(f"{'.'.join(map(str, it['loc']))}: {it['msg']}\n" for it in problems)
        return ExitCode.BAD_INPUT
    try:
        _sample(settings, rest)
    except OSError as error:
        reason = f"the run's folder cannot be written: {error.strerror or error}"
        sys.stderr.write(f"{reason}\n")
        _say({"event": "failed", "reason": reason})
        return CANNOT_RECORD
    return ExitCode.PASS


def _sample(settings: CollectorSettings, said: bytes) -> None:
    """Sample until standard input ends; ``said`` came behind the settings. OSError on a full disk."""
    stopping, start_s, collectors = threading.Event(), time.monotonic(), list(collectors_for(settings))
    ending = Ending(lambda line: _obey(line, collectors), said)
    recording = Recording(settings.run_folder)
    watches = [Watch(it, recording.deliver, stopping, start_s, settings.absence) for it in collectors]
    for watch in watches:
        watch.start()
    _record_until(ending, recording, watches, settings.write_interval_s)
    stopping.set()
    deadline = time.monotonic() + LAST_LOOK_S
    for watch in watches:
        watch.join(max(0.0, deadline - time.monotonic()))
    recording.close()


def _obey(line: bytes, collectors: Sequence[Collector]) -> None:
    """Watch the processes that a line of orders names; another line is none of ours."""
    with suppress(ValidationError):
        for process in Orders.model_validate_json(line).processes:
            for host in (collector for collector in collectors if isinstance(collector, HostCollector)):
                host.watch(process)


def _first_line() -> tuple[bytes, bytes]:
    """The first line, and what came with it: read without a buffer, whose rest ``select`` would miss."""
    said = b""
    while b"\n" not in said and (more := os.read(STDIN, 65536)):
        said += more
    line, _, rest = said.partition(b"\n")
    return line, rest


def _record_until(ending: Ending, recording: Recording, watches: Sequence[Watch], interval_s: float) -> None:
    """Write what is delivered, from the first moment on, until the end is asked for; say ``ready`` once."""
    progress, is_ready = Progress(), False
    late_s = time.monotonic() + READY_S
    while not ending.comes_within(interval_s if is_ready else READY_POLL_S):
        progress.see(recording.write())
        tried = all(watch.tried.is_set() for watch in watches) or time.monotonic() >= late_s
        if tried and not is_ready:
            is_ready = True
            _say({"event": "ready", "sources": [watch.source.model_dump() for watch in watches]})
        elif is_ready:
            lost = [watch.source.name for watch in watches if watch.is_lost]
            _say({"event": "progress", **progress.figures(lost), "lost": lost})


def _say(message: Mapping[str, object]) -> None:
    """One line on standard output, unless nobody reads there: sampling does not wait for a listener."""
    _, writable, _ = select.select([], [STDOUT], [], 0)
    if writable:
        with suppress(BrokenPipeError):
            os.write(STDOUT, (json.dumps(message) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
