"""Which past runs a run may be compared with. Fail closed: what differs beside the platform is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import Problem
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.manifest import Generator, Manifest
    from preseason.verdict.model import Verdict

_SAME_MACHINE = ("host", "cpu", "cores")
_SAME_TOOL = ("version", "locust")


def differences(baseline: Manifest, run: Manifest) -> tuple[Problem, ...]:
    """Why two runs may not be compared, each with its way out; none where they may."""
    return tuple(_differences(baseline, run))


def _differences(baseline: Manifest, run: Manifest) -> Iterator[Problem]:
    place = baseline.run_id
    if baseline.workload_hash != run.workload_hash:
        yield Problem(
            f"its workload is not that of {run.run_id}: the load, its mix or its scenarios differ",
            place,
            "make a baseline with this workload: preseason gate, then preseason baseline set",
        )
    if baseline.target.kind != run.target.kind:
        yield Problem(
            f"its target was {_named(baseline)}, that of {run.run_id} {_named(run)}",
            place,
            "compare runs against targets of one kind",
        )
    if other := _other(baseline.generator, run.generator, _SAME_MACHINE):
        yield Problem(
            f"its load came from another machine than that of {run.run_id} ({other})",
            place,
            "make both runs from one machine",
        )
    if other := _other(baseline.generator, run.generator, _SAME_TOOL):
        yield Problem(
            f"its load was made by another version than that of {run.run_id} ({other})",
            place,
            "make the baseline again with this version",
        )


def unfit(manifest: Manifest, verdict: Verdict | None) -> Problem | None:
    """Why a past run may not serve as a baseline: only one that was finished and passed, or was waived."""
    remedy = "name a run that passed"
    if not manifest.is_complete:
        return Problem(f"this run is {manifest.status.value}, not finished", manifest.run_id, remedy)
    if verdict is None:
        judging = f"judge it: preseason judge {manifest.run_id}"
        return Problem("this run has not been judged", manifest.run_id, judging)
    if verdict.verdict is not Decision.PASS:
        return Problem(f"this run ended as {verdict.verdict.value}", manifest.run_id, remedy)
    return None


def _named(manifest: Manifest) -> str:
    return "the reference platform" if manifest.target.kind == "embedded" else "a platform of your own"


def _other(one: Generator, two: Generator, fields: tuple[str, ...]) -> str:
    pairs = ((name, getattr(one, name), getattr(two, name)) for name in fields)
    return ", ".join(f"{name} {was} and {now}" for name, was, now in pairs if was != now)
