"""Judges a run that is on disk, and writes what follows from it; used by a gate and by ``judge`` alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.campaign import shipped
from preseason.campaign.baselines import baseline_for
from preseason.campaign.verdicts import INDICATORS_STEM, VERDICT_STEM
from preseason.errors import BadInputError, Problem
from preseason.report.writer import write_reports
from preseason.run.durable import replace_file
from preseason.run.manifest import read_manifest
from preseason.run.reading import read_run
from preseason.slo.alerts.reading import read_alerts
from preseason.slo.reading import parse_slo
from preseason.verdict.evidence import evidence_of
from preseason.verdict.history.indicators import indicators_of
from preseason.verdict.judging import judge

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.slo.alerts.model import AlertPolicy
    from preseason.slo.model import Slo
    from preseason.verdict.model import Verdict

SLO_FILE = "slo.yaml"
ALERTS_FILE = "alerts.yaml"
#: Where the files that an SLO file names are kept in a run.
RATES_FOLDER = "rates"


def judge_run(
    folder: Path, slo: Slo | None = None, alerts: AlertPolicy | None = None
) -> tuple[Verdict, tuple[Path, ...]]:
    """The verdict on the run in ``folder``, and the files that were written.

    ``slo`` None judges the objectives the run was made for, ``alerts`` None asks the alerts it was made with.
    Raises BadInputError where there is no run.
    """
    run = read_run(folder)
    slo = slo or own_slo(folder)
    verdict = judge(run, slo, alerts or own_alerts(folder), baseline_for(run))
    files = write_reports(folder, run, verdict)
    _keep_indicators(run, slo, files[0])
    return verdict, files


def _keep_indicators(run: Run, slo: Slo, verdict_file: Path) -> None:
    """Write what histories read, beside the verdict that was judged from the same seconds."""
    evidence = evidence_of(run, run.manifest.warmup_s if slo.load.warmup_s is None else slo.load.warmup_s)
    if evidence is not None:
        name = verdict_file.name.replace(VERDICT_STEM, INDICATORS_STEM)
        text = indicators_of(evidence).model_dump_json(indent=2) + "\n"
        replace_file(verdict_file.with_name(name), text)


def keep_slo(folder: Path, slo_file: Path, slo: Slo) -> None:
    """Copy the question into the run's folder, with the files of rates that it names."""
    (folder / SLO_FILE).write_text(slo.text, encoding="utf-8")

    def copied(name: str) -> str:
        rates = (slo_file.parent / name).read_text(encoding="utf-8")
        kept = folder / RATES_FOLDER / Path(name).name
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(rates, encoding="utf-8")
        return rates

    parse_slo(slo.text, str(slo_file), read_file=copied)


def keep_alerts(folder: Path) -> None:
    """Copy our alert policy into the run's folder, so that it is asked of the run wherever that goes."""
    (folder / ALERTS_FILE).write_text(read_alerts(shipped.alert_policy()).text, encoding="utf-8")


def own_alerts(folder: Path) -> AlertPolicy:
    """The alerts that the run in ``folder`` was made with; of a run without any, those of the manual."""
    kept = folder / ALERTS_FILE
    return read_alerts(kept if kept.is_file() else shipped.alert_policy())


def own_slo(folder: Path) -> Slo:
    """The question that the run in ``folder`` was made for, by its name; BadInputError where it is gone."""
    path = folder / SLO_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = f"this run's objectives cannot be read: {getattr(error, 'strerror', None) or error}"
        raise BadInputError(Problem(cause, str(path), "name others with --slo")) from None

    def kept(name: str) -> str:
        return (folder / RATES_FOLDER / Path(name).name).read_text(encoding="utf-8")

    slo = parse_slo(text, str(path), read_file=kept)
    return replace(slo, name=read_manifest(folder).slo_name or slo.name)
