"""Holds a process to a part of a core by stopping and continuing it, as a container's CPU quota does.

It takes neither cgroups nor root. Periods are shorter than any latency that is judged, so that what is seen
is a slower platform, not one that stalls.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PERIOD_S = 0.02
_LOOK_S = 0.2


@contextmanager
def rationed(pid: int | None, share: float, applies: Callable[[], bool]) -> Iterator[None]:
    """Let process ``pid`` run for ``share`` (0-1) of the time, whenever it ``applies``.

    Nothing is held without a process, or at a share of 1.
    """
    if pid is None or share >= 1:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_hold, args=(pid, share, applies, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _hold(pid: int, share: float, applies: Callable[[], bool], over: threading.Event) -> None:
    with suppress(ProcessLookupError):
        try:
            while not over.is_set():
                if not applies():
                    over.wait(_LOOK_S)
                    continue
                os.kill(pid, signal.SIGSTOP)
                time.sleep(_PERIOD_S * (1 - share))
                os.kill(pid, signal.SIGCONT)
                time.sleep(_PERIOD_S * share)
        finally:
            os.kill(pid, signal.SIGCONT)
