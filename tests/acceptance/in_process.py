"""The command line without a process of its own, which costs a second or two of imports each time.

For what a command answers. What a process does (signals, children, streams that break) takes a real one.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine, Said, clean_environment

from preseason.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class InProcess(CommandLine):
    """Runs ``preseason`` in ``folder`` as its parent does, but within this process."""

    def __call__(self, *arguments: str | Path, timeout_s: float = 300.0, **environment: str) -> Said:
        del timeout_s  # pytest ends what takes too long
        output, errors = _written(), _written()
        began_s = time.monotonic()
        with pytest.MonkeyPatch.context() as patch, _signals_kept():
            patch.chdir(self.folder)
            for name in os.environ.keys() - clean_environment().keys():
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["preseason", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
            patch.setattr(sys, "stdout", output)
            patch.setattr(sys, "stderr", errors)
            exit_code = _exit_code()
        return Said(exit_code, _text(output), _text(errors), time.monotonic() - began_s)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


@contextmanager
def _signals_kept() -> Iterator[None]:
    """What a command does when it is told to end, it leaves to its process."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _written() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
