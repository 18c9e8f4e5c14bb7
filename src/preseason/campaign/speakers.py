"""Children that speak: JSON in on standard input (secrets stay off command lines), JSON lines out."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from preseason.lifeline import Child, Lifeline

Message = dict[str, Any]


class Speaker:
    """A child process of ours and what it says.

    It reads one JSON document from its input and works until the input ends; its own standard error goes
    to ``log``.
    """

    def __init__(self, child: Child, output: IO[bytes], input_pipe: IO[bytes]) -> None:
        self.child = child
        self._input = input_pipe
        self._said: SimpleQueue[Message | None] = SimpleQueue()
        self._listener = threading.Thread(target=self._listen, args=(output,), daemon=True)
        self._listener.start()

    @classmethod
    def start(
        cls,
        lifeline: Lifeline,
        module: str,
        *,
        name: str,
        log: Path,
        arguments: Sequence[str] = (),
        document: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Self:
        """Start ``python -m module`` and hand it ``document``; its input stays open until :meth:`finish`."""
        with log.open("ab") as errors:
            child = lifeline.start(
                [sys.executable, "-m", module, *arguments],
                name=name,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        output, input_pipe = child.process.stdout, child.process.stdin
        if output is None or input_pipe is None:
            raise RuntimeError("a child that was asked for pipes has none")
        speaker = cls(child, output, input_pipe)
        if document is not None:
            speaker.say(document)
        return speaker

    def say(self, line: str) -> None:
        """Hand it one more line."""
        with suppress(BrokenPipeError):  # it has ended by itself
            self._input.write(line.encode() + b"\n")
            self._input.flush()

    def next(self, timeout_s: float) -> Message | None:
        """What it said next; None when it says nothing for ``timeout_s``, or has ended."""
        try:
            return self._said.get(timeout=timeout_s)
        except Empty:
            return None

    def drain(self) -> list[Message]:
        """Everything it has said and nobody has read yet."""
        said = []
        while (message := self.next(0)) is not None:
            said.append(message)
        return said

    @property
    def alive(self) -> bool:
        return self.child.poll() is None

    def finish(self, timeout_s: float) -> int:
        """End its input and wait for it to end; after ``timeout_s`` it is stopped."""
        self.close_input()
        try:
            status = self.child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            status = self.child.stop()
        self._listener.join(timeout=1.0)
        return status

    def reap(self) -> int:
        """The exit status of one that has ended by itself; what is left of its family is killed."""
        status = self.child.stop()
        self.close_input()
        self._listener.join(timeout=1.0)
        return status

    def close_input(self) -> None:
        """Ask it to end."""
        with suppress(BrokenPipeError):  # it has ended by itself
            self._input.close()

    def _listen(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue  # a library's chatter
                if isinstance(message, dict):
                    self._said.put(message)
        self._said.put(None)
