"""What gates of the tests are asked, and what they answered."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from commandline import CommandLine, Said

QUICK = """
    load:
      model: open
      stages: [{hold: 14s, rate: 6/s}]
      warmup: 3s
      mix: {league_read: 60, lineup: 20, trade: 8, waiver: 12}
    objectives:
      - p95 < 500 ms
      - errors < 2 %
      - redis.hit_rate > 50 %
"""

#: What a run is told that had no time for its load.
_HELD_UP = (
    "although a user was free",
    "by the generator's doing",
    "the load generator itself stood still",
)
_ATTEMPTS = 3

Answer = TypeVar("Answer")


def gate(preseason: CommandLine, *arguments: str | Path) -> Said:
    """A gate on a machine that had time for its load."""
    return unless_held_up(lambda: preseason("gate", *arguments), lambda said: said.all)


def unless_held_up(ask: Callable[[], Answer], text: Callable[[Answer], str]) -> Answer:
    """What was answered, asked again where something else held the load generator up.

    Runs of a few seconds are invalid for a stall of a tenth of one, and tests beside this one start servers.
    A gate that is always invalid stays so.
    """
    for attempt in range(1, _ATTEMPTS):
        answer = ask()
        if not any(sign in text(answer) for sign in _HELD_UP):
            return answer
        sys.stderr.write(f"attempt {attempt}: this machine had no time for the load\n")
    return ask()


def slo_file(folder: Path, text: str = QUICK) -> Path:
    path = folder / "objectives.yaml"
    path.write_text(textwrap.dedent(text))
    return path


def verdict_of(preseason: CommandLine) -> dict:
    return json.loads((preseason.runs()[-1] / "verdict.json").read_text())
