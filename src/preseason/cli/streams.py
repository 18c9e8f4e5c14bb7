"""Standard output and error that outlive their reader: an exit code is for whoever still listens.

``preseason gate | head`` would end with code 1, as if an objective had failed, when ``head`` has seen enough.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer


class _Stream(io.FileIO):
    """A file descriptor whose first failure is kept, and whose reader may be gone."""

    failure: OSError | None = None

    def write(self, b: ReadableBuffer, /) -> int:
        try:
            return super().write(b)
        except BrokenPipeError:
            pass
        except OSError as error:
            self.failure = self.failure or error
        return memoryview(b).nbytes


@contextmanager
def outliving_readers() -> Iterator[None]:
    """Lets what is printed get lost with its reader; a disk that is full is said when the command is over.

    Raises:
        BadInputError: if standard output could not be written for another reason.
    """
    output = _opened(sys.stdout, 1)
    errors = _opened(sys.stderr, 2)
    sys.stdout, sys.stderr = output or sys.stdout, errors or sys.stderr
    try:
        yield
    except SystemExit:
        _refuse_what_was_lost(output)
        raise
    _refuse_what_was_lost(output)


def _opened(stream: TextIO | None, descriptor: int) -> TextIO | None:
    """The stream, patient; nowhere in place of a closed one; None where somebody has put his own."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    own = sys.__stdout__ if descriptor == 1 else sys.__stderr__
    if own is None or stream is not own:
        return None
    buffered = io.BufferedWriter(_Stream(descriptor, "w", closefd=False))
    at_once = own.isatty() or own is sys.__stderr__
    return io.TextIOWrapper(buffered, own.encoding, own.errors, line_buffering=at_once)


def _refuse_what_was_lost(output: TextIO | None) -> None:
    if output is None:
        return
    output.flush()
    failure = getattr(getattr(getattr(output, "buffer", None), "raw", None), "failure", None)
    if failure is not None:
        remedy = "name another place for it; what belongs to a run is in its folder"
        raise BadInputError(Problem(f"cannot be written: {failure.strerror}", "standard output", remedy))
