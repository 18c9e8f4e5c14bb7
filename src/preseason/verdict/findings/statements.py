"""Statements: which took the database's time, and which took more of it at a time than otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from preseason.verdict import wording
from preseason.verdict.findings.comoving import holm, stands_out
from preseason.verdict.findings.scene import Cause
from preseason.verdict.findings.statement_text import named
from preseason.verdict.findings.trouble import latency_is_in_trouble
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Scene
    from preseason.verdict.findings.snapshots import Snapshots
    from preseason.verdict.findings.trouble import Judged

    Values = NDArray[np.float64]

_DIRECT = 4
_MOST_NAMED = 3
#: A statement that takes less than this share of the database's time is not what makes requests slow.
_HEAVY = 0.1
#: In a scene, a statement took twice its usual time and a fifth of what all of them took more than usual …
_TIMES_USUAL, _LEAST_OF_EXCESS = 2.0, 0.2
#: … and at least so much of the scene, or it cannot have kept anybody waiting.
_LEAST_OF_SCENE = 0.05
#: Where there are snapshots enough to tell, chance would show it in fewer than one of twenty runs.
_P = 0.05


def heavy(evidence: Evidence, snapshots: Snapshots, judged: Sequence[Judged]) -> Iterator[Finding]:
    """When requests are slow: the statements that took most of the database's time."""
    spent = snapshots.spent_ms() if latency_is_in_trouble(judged) else {}
    total_ms, calls = sum(spent.values()), snapshots.called()
    for queryid in sorted(spent, key=lambda label: -spent[label])[:_MOST_NAMED]:
        if spent[queryid] <= _HEAVY * total_ms:
            continue
        took = f"{wording.percent(spent[queryid] / total_ms)} of the database's time"
        yield Finding(
            kind=FindingKind.HEAVY_STATEMENT,
            title=f"a statement took {took}: {named(evidence.run, queryid)}",
            subject=queryid,
            evidence={"exec_ms": spent[queryid], "calls": calls.get(queryid)},
        )


def seen(scene: Scene) -> Iterator[Cause]:
    """Statements that took more of the database's time in the snapshots about the scene than otherwise."""
    parts = _Parts.of(scene)
    if scene.is_whole or parts is None:
        return
    snapshots = scene.snapshots
    load = snapshots.exec_ms / snapshots.lengths_s
    then, usual = _means(load[:, parts.then]), _means(load[:, parts.rest])
    excess = np.maximum(0.0, then - usual)
    share = excess / max(float(excess.sum()), 1e-9)
    taken_ms = excess * snapshots.lengths_s[parts.then].sum()
    moved = np.flatnonzero(
        (then >= _TIMES_USUAL * usual)
        & (share >= _LEAST_OF_EXCESS)
        & (taken_ms >= 1000 * _LEAST_OF_SCENE * scene.length_s)
    )
    ps = [stands_out(float(then[row]), _known(load[row, parts.rest])) for row in moved]
    adjusted = holm([1.0 if p is None else p for p in ps] + [1.0] * (len(snapshots.queryids) - len(ps)))
    for row, p, corrected in zip(moved.tolist(), ps, adjusted, strict=False):
        if p is None or corrected < _P:
            finding = _moved(scene, parts, row, None if p is None else corrected)
            yield Cause(float(share[row] * (1 - usual[row] / then[row])), _DIRECT, finding)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Which intervals between snapshots are about a scene, and which have nothing to do with it."""

    then: NDArray[np.bool_]
    rest: NDArray[np.bool_]

    @classmethod
    def of(cls, scene: Scene) -> Self | None:
        snapshots = scene.snapshots
        then = snapshots.about(scene.start_s, scene.end_s)
        rest = snapshots.apart(scene.start_s, scene.end_s)
        return cls(then, rest) if snapshots.queryids and then.any() and rest.any() else None


def _moved(scene: Scene, parts: _Parts, row: int, p: float | None) -> Finding:
    snapshots = scene.snapshots
    calls, exec_ms = snapshots.calls[row], snapshots.exec_ms[row]
    halves = (parts.then, parts.rest)
    each_ms, usual_ms = (float(np.nansum(exec_ms[at]) / max(np.nansum(calls[at]), 1.0)) for at in halves)
    rate, usual_rate = (float(np.nansum(calls[at]) / snapshots.lengths_s[at].sum()) for at in halves)
    if each_ms >= _TIMES_USUAL * usual_ms:
        how = f"took {wording.milliseconds(each_ms)} each, otherwise {wording.milliseconds(usual_ms)}"
    else:
        how = f"ran {wording.significant(rate)} times a second, otherwise {wording.significant(usual_rate)}"
    doubt = "" if p is not None else " (too few snapshots to rule out chance)"
    inside = np.flatnonzero(parts.then)
    return Finding(
        kind=FindingKind.MOVED_STATEMENT,
        title=f"a statement {how}{doubt}: {named(scene.evidence.run, snapshots.queryids[row])}",
        subject=snapshots.queryids[row],
        evidence={
            "mean_ms": each_ms,
            "usual_mean_ms": usual_ms,
            "calls_per_s": rate,
            "usual_calls_per_s": usual_rate,
            "snapshots": len(snapshots.lengths_s),
            **({} if p is None else {"p": p}),
        },
        at_s=float(snapshots.edges_s[inside[0]]),
        until_s=float(snapshots.edges_s[inside[-1] + 1]),
    )


def _means(values: Values) -> Values:
    """Row by row, of what is known; 0 where nothing is."""
    known = np.isfinite(values)
    sums: Values = np.where(known, values, 0.0).sum(axis=1)
    counts: Values = np.maximum(known.sum(axis=1), 1).astype(np.float64)
    return sums / counts


def _known(
    values: Values,
) -> Values:
    return values[np.isfinite(values)]
