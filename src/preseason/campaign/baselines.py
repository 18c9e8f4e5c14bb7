"""The baseline of a folder of runs: which past runs a run is compared with. A small file beside them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preseason.campaign.verdicts import verdict_of
from preseason.errors import BadInputError, Problem
from preseason.run.manifest import FILE as MANIFEST_FILE
from preseason.run.manifest import read_manifest
from preseason.run.reading import find_run, read_run
from preseason.verdict.baseline import differences, unfit
from preseason.verdict.evidence import NO_BASELINE, Baseline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.run.manifest import Manifest
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

FILE = "baseline.json"
_REMEDY = "preseason baseline set RUN"


class BaselineChoice(BaseModel):
    """What ``baseline.json`` says: runs by name, or the ``last`` so many that may serve."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    runs: tuple[str, ...] = ()
    last: int | None = Field(default=None, ge=1)


def choose_runs(runs_folder: Path, names: Sequence[str]) -> BaselineChoice:
    """Make some runs the baseline; BadInputError, with every problem, where they may not serve together."""
    folders = _found(runs_folder, names)
    manifests = [read_manifest(folder) for folder in folders]
    problems = [
        problem
        for folder, manifest in zip(folders, manifests, strict=True)
        if (problem := unfit(manifest, _verdict(folder))) is not None
    ]
    problems += [problem for other in manifests[1:] for problem in differences(other, manifests[0])]
    problems += [
        Problem("this run lies elsewhere", str(folder), f"name runs of {runs_folder}")
        for folder in folders
        if folder.resolve().parent != runs_folder.resolve()
    ]
    if problems:
        raise BadInputError(problems)
    return _keep(runs_folder, BaselineChoice(runs=tuple(dict.fromkeys(folder.name for folder in folders))))


def _found(runs_folder: Path, names: Sequence[str]) -> list[Path]:
    folders: list[Path] = []
    problems: list[Problem] = []
    for name in names:
        try:
            folders.append(find_run(name, runs_folder))
        except BadInputError as error:
            problems += error.problems
    if problems:
        raise BadInputError(problems)
    return folders


def choose_last(runs_folder: Path, count: int) -> BaselineChoice:
    """Compare every run with the last ``count`` before it that may serve."""
    return _keep(runs_folder, BaselineChoice(last=count))


def chosen(runs_folder: Path) -> BaselineChoice | None:
    """What was chosen; None where nothing was, BadInputError where it cannot be read."""
    path = runs_folder / FILE
    try:
        return parse_choice(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInputError(Problem(f"cannot be read: {error.strerror}", str(path))) from None


def parse_choice(content: bytes, place: str) -> BaselineChoice:
    """The choice in a file's content; BadInputError where it is none."""
    try:
        return BaselineChoice.model_validate_json(content)
    except ValidationError as error:
        cause = f"is not a baseline this version reads: {error.errors()[0]['msg']}"
        raise BadInputError(Problem(cause, place, f"make it again: {_REMEDY}")) from None


def baseline_for(run: Run) -> Baseline:
    """The past runs that ``run`` may be compared with, by the choice of the folder it lies in.

    None of them, with the reason, where nothing was chosen, the choice cannot be read, or a run differs.
    """
    runs_folder = run.folder.resolve().parent
    try:
        choice = chosen(runs_folder)
    except BadInputError as error:
        return Baseline(absent=str(error.problems[0]).replace("\n", ";"))
    if choice is None:
        return NO_BASELINE
    if choice.last is not None:
        return _last(runs_folder, run, choice.last)
    named = [name for name in choice.runs if name != run.folder.name]
    if not named:
        return Baseline(absent="this run is the baseline itself")
    if problems := [problem for name in named for problem in _against(runs_folder / name, run.manifest)]:
        first = problems[0]
        return Baseline(absent=f"the baseline {first.place} cannot serve: {first.cause}; {first.remedy}")
    return Baseline(tuple(read_run(runs_folder / name) for name in named))


def _last(runs_folder: Path, run: Run, count: int) -> Baseline:
    """Run ids sort by time; what cannot serve is passed over."""
    before = sorted(path.parent for path in runs_folder.glob(f"*/{MANIFEST_FILE}"))
    earlier = [folder for folder in reversed(before) if folder.name < run.folder.name]
    fit = [folder for folder in earlier if not list(_against(folder, run.manifest))][:count]
    if not fit:
        return Baseline(absent="no earlier run of this workload, from this machine and version, has passed")
    return Baseline(tuple(read_run(folder) for folder in reversed(fit)))


def _against(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    """Why a past run may not serve for this one."""
    try:
        past = read_manifest(folder)
    except BadInputError as error:
        yield from error.problems
        return
    if (problem := unfit(past, _verdict(folder))) is not None:
        yield problem
    yield from differences(past, manifest)


def _verdict(folder: Path) -> Verdict | None:
    try:
        return verdict_of(read_run(folder))
    except BadInputError:
        return None


def _keep(runs_folder: Path, choice: BaselineChoice) -> BaselineChoice:
    """Write the file as a whole."""
    try:
        runs_folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=runs_folder, prefix=".baseline-", suffix=".json")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(choice.model_dump_json(indent=2, exclude_none=True) + "\n")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(runs_folder / FILE)
    except OSError as error:
        cause = f"cannot be written: {error.strerror}"
        raise BadInputError(Problem(cause, str(runs_folder), "name another folder with --out")) from None
    return choice
