"""Which soak is meant: the one that was named, or of all that there are the one to go on with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from preseason.campaign.holding import holding_run
from preseason.campaign.soak.record import FILE as RECORD_FILE
from preseason.campaign.soak.record import DamagedSoakError, read_record
from preseason.campaign.soak.state import is_over, was_stopped
from preseason.errors import BadInputError, Problem
from preseason.run.manifest import read_manifest
from preseason.run.owner import FILE as OWNER_FILE
from preseason.run.owner import is_held
from preseason.run.reading import LATEST, find_run, known_runs

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.run.manifest import Manifest

#: What a judged run has.
VERDICT_FILE = "verdict.json"
#: What a run's name begins with.
_STAMP = re.compile(r"^\d{8}T\d{6}Z-")


def find_soak(name: str, runs_folder: Path) -> Path:
    """The run called ``name``, whatever it is; for ``latest``, the soak to go on with.

    That is the newest soak, whatever other runs were made since. If it has ended, one before it is preferred
    that was broken off and still has time: what nobody went on with for days is no news any more.
    Raises BadInputError where there is none.
    """
    if name != LATEST:
        return find_run(name, runs_folder)
    soaks = _soaks(runs_folder)
    if not soaks:
        remedy = "gates and other runs cannot be gone on with: name a soak, or make one with preseason soak"
        raise BadInputError(Problem("there is no soak here to go on with", str(runs_folder), remedy))
    newest, *before = soaks
    if is_unfinished(newest):
        return newest
    return next((soak for soak in before if _has_time(soak)), newest)


def unfinished_soak(name: str, runs_folder: Path) -> Path | None:
    """The soak of this name that was broken off; None where there is none.

    BadInputError where a run that was named is not there, DamagedSoakError where what a soak left cannot be
    read.
    """
    if name == LATEST and not _soaks(runs_folder):
        return None
    folder = find_soak(name, runs_folder)
    return folder if is_unfinished(folder) else None


def is_unfinished(folder: Path) -> bool:
    """Whether the run is a soak that was broken off; DamagedSoakError where what it left cannot be read."""
    if not (folder / RECORD_FILE).exists():
        return False
    read_record(folder)
    return not has_ended(folder, _manifest(folder)) or not (folder / VERDICT_FILE).exists()


def check_left(folder: Path) -> None:
    """BadInputError where nothing is left to be done for a soak, or somebody is at it.

    Whoever goes on with one asks this first: it says nothing about the target that hooks should be told.
    DamagedSoakError, which does, where its manifest cannot be read.
    """
    with holding_run(folder):
        if has_ended(folder, _manifest(folder)):
            need_verdict(folder)


def whose(folder: Path) -> tuple[str | None, str]:
    """The target of a soak, None for the reference platform, and its SLO, as far as what it left tells."""
    try:
        record = read_record(folder)
    except BadInputError:
        return _loaded(folder), _STAMP.sub("", folder.name)
    return record.target, record.slo


def _loaded(folder: Path) -> str | None:
    try:
        target = read_manifest(folder).target
    except BadInputError:
        return f"a target that {folder.name} does not tell"
    return None if target.kind == "embedded" else target.url


def _manifest(folder: Path) -> Manifest:
    try:
        return read_manifest(folder)
    except BadInputError as error:
        raise DamagedSoakError(error.problems, folder) from None


def need_verdict(folder: Path) -> None:
    """BadInputError where a run that has ended was judged: only the verdict can be lost then."""
    if (folder / VERDICT_FILE).exists():
        remedy = f"judge it anew, or make another: preseason judge {folder.name}"
        raise BadInputError(Problem("this run has ended: nothing is left to do", str(folder), remedy))


def has_ended(folder: Path, manifest: Manifest) -> bool:
    """Whether no more load is to be made, and none is missing but for what a guardrail spared the target."""
    return manifest.is_complete or was_stopped(folder)


def _soaks(runs_folder: Path) -> list[Path]:
    """Newest first."""
    return [run for run in reversed(known_runs(runs_folder)) if (run / RECORD_FILE).exists()]


def _has_time(folder: Path) -> bool:
    """Whether an older soak has load left to be made; what cannot be read, or is at work, is left alone."""
    if is_held(folder / OWNER_FILE):
        return False
    try:
        manifest = read_manifest(folder)
        return not has_ended(folder, manifest) and not is_over(folder, manifest, read_record(folder))
    except BadInputError:
        return False
