"""Reads a history of runs from wherever it is kept: three small files a run, whatever they recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from preseason.campaign.verdicts import INDICATORS_FILE, VERDICT_FILE
from preseason.collectors.addresses import redact
from preseason.errors import BadInputError, Problem
from preseason.run.manifest import FILE as MANIFEST_FILE
from preseason.run.manifest import parse_manifest
from preseason.run.shelf import open_shelf
from preseason.verdict.history.comparable import PastRun, by_time
from preseason.verdict.history.indicators import Indicators
from preseason.verdict.model import Verdict

if TYPE_CHECKING:
    from preseason.run.shelf import Shelf

    Read = TypeVar("Read", bound=BaseModel)


@dataclass(frozen=True)
class PastRuns:
    """The runs of a shelf, oldest first, and what of it could not be read."""

    shelf: Shelf
    runs: tuple[PastRun, ...]
    problems: tuple[Problem, ...] = ()


def shelf_at(address: str) -> Shelf:
    """The shelf at a path or an address, which may carry credentials."""
    return open_shelf(address, redact(address) if "://" in address else address)


def read_history(shelf: Shelf) -> PastRuns:
    """Every run on a shelf; BadInputError where it cannot be looked at."""
    folders = shelf.folders()
    manifests = shelf.read([f"{folder}/{MANIFEST_FILE}" for folder in folders])
    found = [folder for folder in folders if f"{folder}/{MANIFEST_FILE}" in manifests]
    answers = shelf.read([f"{folder}/{name}" for folder in found for name in (VERDICT_FILE, INDICATORS_FILE)])
    problems: list[Problem] = []
    runs = []
    for folder in found:
        try:
            manifest = parse_manifest(manifests[f"{folder}/{MANIFEST_FILE}"], f"{shelf.name}/{folder}")
        except BadInputError as error:
            problems += error.problems
            continue
        verdict = _parsed(Verdict, f"{folder}/{VERDICT_FILE}", answers, shelf, problems)
        indicators = _parsed(Indicators, f"{folder}/{INDICATORS_FILE}", answers, shelf, problems)
        runs.append(PastRun(folder, manifest, verdict, indicators))
    return PastRuns(shelf, tuple(by_time(runs)), tuple(problems))


def need_runs(past: PastRuns) -> PastRuns:
    """The same; BadInputError where there is no run at all."""
    if not past.runs:
        remedy = "name a folder that holds runs; preseason gate makes one"
        nothing = Problem("holds no run", past.shelf.name, remedy)
        raise BadInputError([nothing, *past.problems])
    return past


def _parsed(
    model: type[Read], name: str, files: dict[str, bytes], shelf: Shelf, problems: list[Problem]
) -> Read | None:
    content = files.get(name)
    if content is None:
        return None
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        cause = f"cannot be read by this version: {error.errors()[0]['msg']}"
        remedy = f"judge it again: preseason judge {name.partition('/')[0]}"
        problems.append(Problem(cause, f"{shelf.name}/{name}", remedy))
        return None
