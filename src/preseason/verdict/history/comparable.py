"""Past runs as a history: which of them may be laid side by side, and why the others may not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.verdict.history.indicators import Indicators, IndicatorValue, with_objectives
from preseason.verdict.model import Decision, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from preseason.run.manifest import Manifest

_SHOWN_HASH = 8


@dataclass(frozen=True)
class PastRun:
    """A run as a history knows it. ``folder`` is where it lies; ``verdict`` None was never judged.

    ``indicators`` None is a run that was judged before they were kept: its objectives are all that is known.
    """

    folder: str
    manifest: Manifest
    verdict: Verdict | None = None
    indicators: Indicators | None = None

    @property
    def run_id(self) -> str:
        return self.manifest.run_id

    @property
    def started_at(self) -> datetime:
        return self.manifest.started_at

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody is at work on it, or may go on with it."""
        return not self.manifest.is_complete

    @property
    def version(self) -> str:
        """What was deployed, as exactly as it is known; empty where nobody said."""
        target = self.manifest.target
        commit = (target.commit or "")[:12]
        return " ".join(part for part in (target.platform_version or "", commit) if part)

    @property
    def values(self) -> tuple[IndicatorValue, ...]:
        return with_objectives(self.indicators, self.verdict) if self.verdict else ()


@dataclass(frozen=True, slots=True)
class Workload:
    """What must be equal for two runs to be of one history: the load, the target, and who made the load.

    ``target`` is a remote platform's address, or ``the reference platform``. ``generator`` is a machine and
    the versions of what made the load, empty where they are not to be told apart.
    """

    hash: str
    target: str
    generator: tuple[str, ...]

    @property
    def short(self) -> str:
        return self.hash[:_SHOWN_HASH]


def workload_of(run: PastRun, *, any_generator: bool = False) -> Workload:
    """The history that a run belongs to."""
    manifest = run.manifest
    target = "the reference platform" if manifest.target.kind == "embedded" else manifest.target.url
    made_by = manifest.generator
    machine = (made_by.host, made_by.cpu, str(made_by.cores), made_by.version, made_by.locust)
    return Workload(manifest.workload_hash, target, () if any_generator else machine)


@dataclass(frozen=True)
class History:
    """The comparable runs of one workload, oldest first; what was set apart or left out, with the reason."""

    workload: Workload
    runs: tuple[PastRun, ...]
    set_apart: tuple[str, ...]
    left_out: tuple[str, ...]


def by_time(runs: Iterable[PastRun]) -> list[PastRun]:
    """The oldest first."""
    return sorted(runs, key=lambda run: (run.started_at, run.run_id))


def history_of(runs: Sequence[PastRun], *, workload: str = "", any_generator: bool = False) -> History | None:
    """The history of the newest run that can be laid beside others, or of a workload by its hash.

    ``workload`` is the beginning of a hash. None where no run is of use.
    """
    ordered = by_time(runs)
    reasons = {run.folder: why_of_no_use(run) for run in ordered}
    usable = [run for run in ordered if not reasons[run.folder]]
    wanted = [run for run in usable if run.manifest.workload_hash.startswith(workload)]
    if not wanted:
        return None
    chosen = workload_of(wanted[-1], any_generator=any_generator)
    own = [run for run in usable if workload_of(run, any_generator=any_generator) == chosen]
    others = Counter(
        _difference(workload_of(run, any_generator=any_generator), chosen) for run in usable if run not in own
    )
    unused = Counter(reason for reason in reasons.values() if reason)
    return History(
        workload=chosen,
        runs=tuple(own),
        set_apart=tuple(f"{_counted(count)} {difference}" for difference, count in others.items()),
        left_out=tuple(f"{_counted(count)} {reason}" for reason, count in unused.items()),
    )


def why_of_no_use(run: PastRun) -> str:
    """Why a run says nothing about its target that can be laid beside others; empty where it does."""
    if run.is_unfinished:
        return "unfinished"
    if run.verdict is None:
        return "not judged"
    if run.verdict.verdict is Decision.INVALID:
        return "INVALID"
    return ""


def _difference(one: Workload, chosen: Workload) -> str:
    if one.hash != chosen.hash:
        return f"of another workload ({one.short})"
    if one.target != chosen.target:
        return f"against another target ({one.target})"
    if one.generator[:3] != chosen.generator[:3]:
        return f"from another machine ({one.generator[0]})"
    return f"by another version of the generator (preseason {one.generator[3]}, Locust {one.generator[4]})"


def _counted(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"
