"""What gates of the tests are asked, and what they answered."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from typing import TYPE_CHECKING, TypeVar

import pytest
from commandline import CommandLine

from preseason.run.timeline import load_started_s, read_timeline
from preseason.verdict.model import FindingKind, Verdict

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from commandline import Said

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

_ATTEMPTS = 3

Answer = TypeVar("Answer")


def gate(preseason: CommandLine, *arguments: str | Path) -> Said:
    """A gate on a machine that had time for its load."""
    return unless_held_up(lambda: preseason("gate", *arguments), lambda _: preseason.folder)


def unless_held_up(ask: Callable[[], Answer], folder: Callable[[Answer], Path]) -> Answer:
    """What was answered; asked again where the last run in ``folder`` says that the generator was held up.

    Runs of a few seconds are invalid for a stall of a tenth of one, and tests beside this one start servers.
    A gate that is always invalid stays so.
    """
    for attempt in range(1, _ATTEMPTS):
        answer = ask()
        if not _was_held_up(folder(answer)):
            return answer
        sys.stderr.write(f"attempt {attempt}: this machine had no time for the load\n")
    return ask()


def _was_held_up(folder: Path) -> bool:
    """Whether its last run was invalid for that, or explained something by it."""
    runs = CommandLine(folder).runs()
    if not runs or not (runs[-1] / "verdict.json").is_file():
        return False
    verdict = Verdict.model_validate_json((runs[-1] / "verdict.json").read_bytes())
    stood_still = any(finding.kind is FindingKind.GENERATOR_BUSY for finding in verdict.findings)
    return verdict.validity.generator_bound or stood_still


def load_began(
    preseason: CommandLine, process: subprocess.Popen[str], within_s: float = 120.0
) -> tuple[Path, float]:
    """The run of a gate that was started, once its load has begun, and when that was (UTC epoch seconds)."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s and process.poll() is None:
        for run in preseason.runs():
            if (began_s := load_started_s(read_timeline(run))) is not None:
                return run, began_s
        time.sleep(0.1)
    pytest.fail(f"no load began; {'it goes on' if process.poll() is None else process.communicate()}")


def slo_file(folder: Path, text: str = QUICK) -> Path:
    path = folder / "objectives.yaml"
    path.write_text(textwrap.dedent(text))
    return path


def verdict_of(preseason: CommandLine) -> dict:
    return json.loads((preseason.runs()[-1] / "verdict.json").read_text())
