"""The cache: what it missed, what it forgot, and how long it took to say anything at all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.findings.paces import Fast, ran_fast
from preseason.verdict.findings.scene import Cause
from preseason.verdict.findings.trouble import TROUBLED
from preseason.verdict.hit_rates import background_look_ups, look_ups, taken_off
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Scene
    from preseason.verdict.findings.trouble import Judged

_MOST_NAMED = 3
#: Points of the hit rate that somebody notices, and look-ups that make a rate.
_NOTICED = 0.1
_FEWEST_LOOK_UPS = 20
#: A fall of the hit rate that chance would show more often than this is none.
_RARE = 0.001
_FULL = 0.95
_SLOW_PING_MS, _TIMES_USUAL_PING = 25.0, 5.0
_EVICTED = Fast(
    FindingKind.EVICTIONS,
    1,
    5,
    "Redis evicted {} for lack of memory",
    partial(wording.counted, one="key", many="keys"),
)
_MEMORY = High(
    FindingKind.MEMORY_FULL,
    _FULL,
    6,
    "Redis used {} of the memory it may use",
    wording.percent,
)


def seen(scene: Scene) -> Iterator[Cause]:
    """Misses, evictions, full memory and a slow PING."""
    samples = scene.evidence.run.samples
    yield from _fell(scene)
    yield from ran_fast(scene, samples.get("redis", "evicted_keys"), _EVICTED, "redis", "evicted_keys")
    used = samples.get("redis", "memory_bytes").divided_by(samples.get("redis", "memory_limit_bytes"))
    yield from stood_high(scene, used, _MEMORY, "redis", "share_of_memory")
    yield from _slow_ping(scene)


def _fell(scene: Scene) -> Iterator[Cause]:
    """The hit rate, where fewer look-ups hit than its usual rate leaves to chance."""
    samples = scene.evidence.run.samples
    hits, misses = (scene.pace(samples.get("redis", name)) for name in ("keyspace_hits", "keyspace_misses"))
    asked, usually_asked = hits.grown + misses.grown, hits.outside + misses.outside
    if asked < _FEWEST_LOOK_UPS or not usually_asked:
        return
    rate, usual = hits.grown / asked, hits.outside / usually_asked
    if usual - rate < _NOTICED or betainc(max(misses.grown, 0.5), hits.grown + 1, 1 - usual) > _RARE:
        return
    finding = Finding(
        kind=FindingKind.LOW_HIT_RATE,
        title=f"the redis hit rate fell from {wording.percent(usual)} to {wording.percent(rate)}",
        subject="redis.hit_rate",
        evidence={"hits": hits.grown, "misses": misses.grown, "hit_rate": rate, "usual_hit_rate": usual},
        at_s=scene.start_s,
        until_s=scene.end_s,
    )
    yield Cause(min(1.0, (usual - rate) / max(usual, _NOTICED)), 4, finding)


def _slow_ping(scene: Scene) -> Iterator[Cause]:
    series = scene.evidence.run.samples.get("redis", "ping_ms")
    outside = scene.outside(series)
    usual_ms = float(np.median(outside)) if len(outside) else 0.0
    slow = High(
        FindingKind.SLOW_PING,
        max(_SLOW_PING_MS, _TIMES_USUAL_PING * usual_ms),
        3,
        "Redis took up to {} to answer a PING",
        wording.milliseconds,
    )
    yield from stood_high(scene, series, slow, "redis", "ping_ms")


def evictions(evidence: Evidence) -> Iterator[Finding]:
    """Of the whole judged time, whoever suffered from them."""
    span = evidence.judged
    grown = evidence.run.samples.get("redis", "evicted_keys").between(span.start_s, span.end_s).deltas().total
    if grown:
        title = _EVICTED.tell(grown)
        yield Finding(
            kind=FindingKind.EVICTIONS, title=title, subject="redis", evidence={"evicted_keys": grown}
        )


def low_hit_rates(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """For each hit rate in trouble: what it was, and the endpoints that missed most."""
    for objective, result in judged:
        troubled = objective.indicator.kind is Kind.HIT_RATE and result.outcome in TROUBLED
        found = look_ups(evidence, objective.indicator.source) if troubled else None
        if found is None or not found.total.sum():
            continue
        hits, misses = int(found.hits.sum()), int(found.total.sum() - found.hits.sum())
        rate = wording.percent(hits / (hits + misses))
        counted = f"{wording.count(hits)} hits, {wording.count(misses)} misses"
        yield Finding(
            kind=FindingKind.LOW_HIT_RATE,
            title=f"the {objective.indicator.source} hit rate is {rate}: {counted}",
            subject=objective.indicator.text,
            evidence={"hits": hits, "misses": misses, **_missing_most(evidence)},
        )


def not_counted(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """What was taken off each hit rate, whatever its outcome: nobody shall meet a corrected one unawares."""
    for objective, result in judged:
        if objective.indicator.kind is not Kind.HIT_RATE or result.point is None:
            continue
        background = background_look_ups(objective, evidence)
        found = look_ups(evidence, objective.indicator.source)
        if background is None or found is None:
            continue
        raw = float(found.hits.sum() / found.total.sum())
        rates = f"{wording.percent(result.point)} instead of {wording.percent(raw)}"
        yield Finding(
            kind=FindingKind.NOTE,
            title=f"the {objective.indicator.source} hit rate is {rates}: without {taken_off(background)}",
            subject=objective.indicator.text,
            evidence={
                "hit_rate_of_all": raw,
                "hits_taken_off_per_s": background.hits.point,
                "misses_taken_off_per_s": background.misses.point,
                "measured_s": background.seconds,
            },
        )


def _missing_most(evidence: Evidence) -> dict[str, str | float | int | None]:
    """The hit rate by the platform's own X-Cache header, of the endpoints that miss most often."""
    counted = []
    for endpoint, requests in evidence.requests.by_endpoint().items():
        hits = int(requests.cache_hits[requests.rows].sum())
        misses = int(requests.cache_misses[requests.rows].sum())
        if misses:
            counted.append((misses, str(endpoint), hits / (hits + misses)))
    worst = sorted(counted, reverse=True)[:_MOST_NAMED]
    return {f"hit rate of {name}": rate for _, name, rate in worst}
