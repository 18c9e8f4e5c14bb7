"""What gates of the tests are asked, and what they answered."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from commandline import CommandLine

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


def slo_file(folder: Path, text: str = QUICK) -> Path:
    path = folder / "objectives.yaml"
    path.write_text(textwrap.dedent(text))
    return path


def verdict_of(preseason: CommandLine) -> dict:
    return json.loads((preseason.runs()[-1] / "verdict.json").read_text())
