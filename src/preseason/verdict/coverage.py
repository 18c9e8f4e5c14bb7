"""How much of the judged time a source of samples covers, by the gap rule: no data is not a pass.

An objective about a source with gaps is judged on the rest if that is at least nine tenths of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import labelled, owner
from preseason.run.timeline import EventKind
from preseason.verdict import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from preseason.run.reading import Run
    from preseason.run.samples import Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.statistics.steady import Span

HOST = "host"
LEAST_COVERED = 0.9
#: Samples further apart than this many usual intervals (and than a moment) leave a hole between them.
_USUAL_INTERVALS = 3.0
_MOMENT_S = 2.5

#: The option that brings a source, for whoever wonders why there is no data.
OPTIONS = {
    "postgres": "--postgres DSN",
    "redis": "--redis URL",
    "pgbouncer": "--pgbouncer DSN",
    "host": "a target on this machine, or --host-metrics NAME=URL of its node_exporter",
    "prometheus": "--prometheus URL, and a query of that name in the SLO file",
}


def why_no_samples(run: Run, source: str, metric: str) -> str:
    """Why a metric was not sampled, and what would bring it."""
    ours = (source, labelled(source, metric))
    found = [known for known in run.manifest.sources if known.name in ours]
    told = next((known.absent for known in found if known.absent), "")
    if any(known.name == ours[1] for known in found) and not told:  # a query that was asked all along
        return f"{source} {metric} was asked for and gave nothing"
    # The load generator's machine is a host too, and always there: of another one it takes its own source.
    if source != HOST and any(known.name == source and not known.absent for known in found):
        return f"{source} {metric} was not sampled in the judged time{lost_because(run, source)}"
    remedy = OPTIONS.get(source, f"a source of samples called {source}")
    because = f" ({told})" if told else ""
    return f"{source} {metric} was not sampled{because}; it takes {remedy}"


def lost_because(run: Run, source: str) -> str:
    """What kept a source that was there from being sampled, as far as that is known."""
    gaps = [event for event in run.timeline if event.kind is EventKind.GAP and event.source == source]
    longest = max(gaps, key=lambda gap: (gap.until_s or gap.at_s) - gap.at_s, default=None)
    return "" if longest is None else f": {longest.text.rstrip('.')}"


def silent_hosts(run: Run, source: str, metric: str, labels: Iterable[str]) -> list[str]:
    """The machines that were named for the run, but own none of the ``labels`` of a metric.

    Processes and their groups are watched on this machine alone.
    """
    if metric.startswith(("process_", "cgroup_")):
        return []
    named = (
        owner(known.name.removeprefix(f"{HOST}:"))
        for known in run.manifest.sources
        if source == HOST and known.name.startswith(f"{HOST}:")
    )
    return sorted(set(named) - set(map(owner, labels)))


def covered(
    evidence: Evidence, source: str, series: Series, metric: str = "", label: str = ""
) -> NDArray[np.bool_]:
    """For each judged second, whether ``series`` tells about it.

    A machine, or a query of Prometheus, is lost by itself: its gaps are not those of its neighbours.
    """
    lost_with = {source, labelled(source, metric), labelled(source, owner(label))}
    span = evidence.judged
    known = np.ones(span.length_s, dtype=np.bool_)
    moments = series.time_s
    usual_s = float(np.median(np.diff(moments))) if len(moments) > 1 else 0.0
    longest_s = max(_MOMENT_S, _USUAL_INTERVALS * usual_s)
    edges = np.concatenate(([span.start_s - _MOMENT_S], moments, [span.end_s + _MOMENT_S]))
    for index in np.flatnonzero(np.diff(edges) > longest_s + _MOMENT_S):
        _blank(known, span, edges[index], edges[index + 1])
    for event in evidence.run.timeline:
        if event.kind is EventKind.GAP and event.source in lost_with and event.until_s is not None:
            _blank(known, span, event.at_s, event.until_s)
    return known


def _blank(known: NDArray[np.bool_], span: Span, start_s: float, end_s: float) -> None:
    first = max(0, int(np.floor(start_s)) - span.start_s)
    last = max(0, int(np.ceil(end_s)) - span.start_s)
    known[first:last] = False


def shortfall(share: float, source: str) -> str:
    """The reason why a source with gaps decides nothing."""
    return f"{source} was sampled for {wording.percent(share)} of the judged time; it takes at least 90 %"
