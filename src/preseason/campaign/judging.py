"""Judges a run that is on disk, and writes what follows from it; used by a gate and by ``judge`` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report.writer import write_reports
from preseason.run.reading import read_run
from preseason.slo.reading import parse_slo
from preseason.verdict.judging import judge

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.slo.model import Slo
    from preseason.verdict.model import Verdict

SLO_FILE = "slo.yaml"


def judge_run(folder: Path, slo: Slo | None = None) -> tuple[Verdict, tuple[Path, ...]]:
    """The verdict on the run in ``folder``, and the files that were written.

    ``slo`` None judges the objectives the run was made for. Raises BadInputError where there is no run.
    """
    run = read_run(folder)
    slo = slo or parse_slo((folder / SLO_FILE).read_text(), str(folder / SLO_FILE))
    verdict = judge(run, slo)
    return verdict, write_reports(folder, run, verdict)
