"""What was seen at the same time: of every source, the strongest first.

That something moved at the same time is all that is claimed. The sentences say so, and evidence stands
beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.findings import (
    cache,
    commands,
    connections,
    database,
    errors,
    generator,
    host,
    interruptions,
    locks,
    statements,
    waiting,
)

if TYPE_CHECKING:
    from preseason.verdict.findings.scene import Cause, Scene
    from preseason.verdict.model import Finding

_SOURCES = (interruptions, generator, locks, connections, statements, cache, commands, database, host, errors)
#: Where nothing was slow to answer, only what kept journeys from beginning.
_BEFORE_SENDING = (waiting, generator)
_MOST = 5
_STRONG = 0.5
_MOST_IN_A_SENTENCE = 2
NOTHING = "nothing that was sampled moved with it"


def causes_of(scene: Scene, *, waited_only: bool = False) -> tuple[Finding, ...]:
    """At most five, by how much more they held in the scene than in the rest of the run.

    ``waited_only`` where journeys waited to begin, and nothing that was sent took long.
    """
    sources = _BEFORE_SENDING if waited_only else _SOURCES
    seen = [cause for source in sources for cause in source.seen(scene)]
    ranked = sorted(seen, key=_rank)[:_MOST]
    return tuple(cause.finding.model_copy(update={"coincides_with": scene.endpoints}) for cause in ranked)


def _rank(cause: Cause) -> tuple[bool, int, float, str]:
    """The strong by directness, then the weak: to overlap a little better is no better explanation."""
    return cause.strength < _STRONG, cause.directness, -cause.strength, cause.finding.title


def in_a_sentence(causes: tuple[Finding, ...]) -> str:
    """``at the same time 31 sessions waited …``, or that nothing did."""
    if not causes:
        return NOTHING
    return f"at the same time {' and '.join(cause.title for cause in causes[:_MOST_IN_A_SENTENCE])}"
