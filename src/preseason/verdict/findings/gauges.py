"""Gauges that stood high at a time: one rule for connections, pools, processors and memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.verdict.findings.scene import Cause
from preseason.verdict.model import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.run.samples import Series
    from preseason.verdict.findings.scene import Scene
    from preseason.verdict.model import FindingKind

#: It stood high in this much more of the scene than of the rest of the run.
_LEAST_EXCESS = 0.3


@dataclass(frozen=True, slots=True)
class High:
    """A gauge that explains something from ``threshold`` on.

    ``sentence`` has a place for its peak, which ``figure`` writes.
    """

    kind: FindingKind
    threshold: float
    directness: int
    sentence: str
    figure: Callable[[float], str]

    def tell(self, peak: float) -> str:
        """The sentence with its figure."""
        return self.sentence.replace("{}", self.figure(peak), 1)


def stood_high(scene: Scene, series: Series, high: High, subject: str, name: str) -> Iterator[Cause]:
    """At most one cause; ``name`` is what its peak is called in the evidence, with its unit."""
    excess = scene.excess(series, high.threshold)
    if excess < _LEAST_EXCESS:
        return
    inside, outside = scene.inside(series), scene.outside(series)
    held = inside.time_s[inside.value >= high.threshold]
    peak = float(inside.value.max())
    usual = {f"usual_{name}": float(outside.mean())} if len(outside) else {}
    finding = Finding(
        kind=high.kind,
        title=high.tell(peak),
        subject=subject,
        evidence={name: peak, **usual},
        at_s=float(held[0]),
        until_s=float(held[-1]),
    )
    yield Cause(excess, high.directness, finding)
