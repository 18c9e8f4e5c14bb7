"""Counters that ran faster at a time than otherwise: one rule for checkpoints, evictions and the like."""

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

#: Half of what it did in the scene is beyond its usual pace; what runs on as ever explains nothing.
_LEAST_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class Fast:
    """A counter that explains something once it grows by ``least``.

    ``sentence`` has a place for its growth, which ``figure`` writes. Of what is ``rare``, or comes
    all at once, all is told that was counted between the looks around the scene.
    """

    kind: FindingKind
    least: float
    directness: int
    sentence: str
    figure: Callable[[float], str]
    rare: bool = False

    def tell(self, grown: float) -> str:
        """The sentence with its figure."""
        return self.sentence.replace("{}", self.figure(grown), 1)


def ran_fast(scene: Scene, series: Series, fast: Fast, subject: str, name: str) -> Iterator[Cause]:
    """At most one cause; ``name`` is what its growth is called in the evidence."""
    pace = scene.pace(series, whole=fast.rare)
    if pace.grown < fast.least or pace.gain < _LEAST_GAIN:
        return
    finding = Finding(
        kind=fast.kind,
        title=fast.tell(pace.grown),
        subject=subject,
        evidence={name: pace.grown, "pace_per_s": pace.inside, "usual_pace_per_s": pace.outside},
        at_s=scene.start_s,
        until_s=scene.end_s,
    )
    yield Cause(pace.gain, fast.directness, finding)
