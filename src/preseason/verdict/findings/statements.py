"""Statements: which took the database's time, and which took more of it at a time than otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def heavy(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """When requests are slow: the statements that took most of the database's time."""
    spent = _growth_by_label(evidence, "statement_exec_ms") if latency_is_in_trouble(judged) else {}
    total_ms = sum(spent.values())
    calls = _growth_by_label(evidence, "statement_calls") if spent else {}
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
    """Statements that took more of the database's time in the snapshots around the scene than otherwise."""
    if scene.is_whole:
        return
    snapshots = scene.snapshots
    touching = snapshots.touching(scene.start_s, scene.end_s)
    if not touching.any() or touching.all() or not snapshots.queryids:
        return
    load = snapshots.exec_ms / snapshots.lengths_s
    then, usual = (_means(load[:, part]) for part in (touching, ~touching))
    excess = np.maximum(0.0, then - usual)
    share = excess / max(float(excess.sum()), 1e-9)
    taken_ms = excess * snapshots.lengths_s[touching].sum()
    moved = np.flatnonzero(
        (then >= _TIMES_USUAL * usual)
        & (share >= _LEAST_OF_EXCESS)
        & (taken_ms >= 1000 * _LEAST_OF_SCENE * scene.length_s)
    )
    ps = [stands_out(float(then[row]), _known(load[row, ~touching])) for row in moved]
    adjusted = holm([1.0 if p is None else p for p in ps] + [1.0] * (len(snapshots.queryids) - len(ps)))
    for row, p, corrected in zip(moved, ps, adjusted, strict=False):
        if p is None or corrected < _P:
            finding = _moved(scene, snapshots, int(row), touching, None if p is None else corrected)
            yield Cause(float(share[row] * (1 - usual[row] / then[row])), _DIRECT, finding)


def _moved(
    scene: Scene,
    snapshots: Snapshots,
    row: int,
    touching: NDArray[np.bool_],
    p: float | None,
) -> Finding:
    queryid = snapshots.queryids[row]
    each_ms, usually_ms = (
        float(np.nansum(snapshots.exec_ms[row, part]) / max(np.nansum(snapshots.calls[row, part]), 1.0))
        for part in (touching, ~touching)
    )
    calls, usual_calls = (
        float(np.nansum(snapshots.calls[row, part]) / snapshots.lengths_s[part].sum())
        for part in (touching, ~touching)
    )
    if each_ms >= _TIMES_USUAL * usually_ms:
        how = f"took {wording.milliseconds(each_ms)} each, otherwise {wording.milliseconds(usually_ms)}"
    else:
        how = f"ran {wording.significant(calls)} times a second, otherwise {wording.significant(usual_calls)}"
    doubt = "" if p is not None else " (too few snapshots to rule out chance)"
    edges_s = snapshots.edges_s
    inside = np.flatnonzero(touching)
    return Finding(
        kind=FindingKind.MOVED_STATEMENT,
        title=f"a statement {how}{doubt}: {named(scene.evidence.run, queryid)}",
        subject=queryid,
        evidence={
            "mean_ms": each_ms,
            "usual_mean_ms": usually_ms,
            "calls_per_s": calls,
            "usual_calls_per_s": usual_calls,
            "snapshots": len(snapshots.lengths_s),
            "p": p,
        },
        at_s=float(edges_s[inside[0]]),
        until_s=float(edges_s[inside[-1] + 1]),
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


def _growth_by_label(evidence: Evidence, metric: str) -> dict[str, float]:
    load = evidence.load_and_drain
    series = evidence.run.samples.labelled("postgres", metric).items()
    return {label: one.between(load.start_s, load.end_s + 1).deltas().total for label, one in series}
