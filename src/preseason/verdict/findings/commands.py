"""What Redis was asked: commands that took its time, that it refused, or after which its keys were gone."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict import wording
from preseason.verdict.findings.paces import Fast, ran_fast
from preseason.verdict.findings.scene import Cause
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Deltas, Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Scene

_SOURCE = "redis"
#: Redis runs one command at a time: one that takes so much of a scene keeps the others waiting.
_LEAST_OF_SCENE = 0.2
_FEWEST_REFUSED = 5
#: So many keys, and so much of all, are not lost to chance between two looks.
_FEWEST_KEYS, _MOST_OF_ALL = 100, 0.5
_EMPTYING = frozenset({"flushall", "flushdb"})
#: What Redis means by its commonest refusals.
_WHY = {
    "OOM": "its memory is full and it evicts nothing",
    "MISCONF": "it could not save to its disk",
    "READONLY": "it is a replica",
    "LOADING": "it was loading its data",
    "BUSY": "a script ran on",
    "NOAUTH": "nobody logged in",
    "NOPERM": "the user may not",
}
#: Clients that greet an older server are refused a courtesy with each connection; nobody suffers from it.
_COURTESIES = frozenset({"ERR"})
_commands = partial(wording.counted, one="command", many="commands")


def seen(scene: Scene) -> Iterator[Cause]:
    """Commands by time, refusals by kind, connections that were refused, keys that were lost."""
    samples = scene.evidence.run.samples
    for command, series in samples.labelled(_SOURCE, "command_us").items():
        slow = Fast(
            FindingKind.SLOW_COMMANDS,
            1e6 * _LEAST_OF_SCENE * scene.length_s,
            4,
            f"Redis spent {{}} in {command.upper()}, which keeps all others waiting",
            _microseconds,
            rare=True,
        )
        yield from ran_fast(scene, series, slow, command, "spent_us")
    for kind, series in samples.labelled(_SOURCE, "error_replies").items():
        if kind in _COURTESIES or (kind not in _WHY and scene.is_whole):
            continue
        yield from ran_fast(scene, series, _refused(kind), kind, "commands_refused")
    full = Fast(FindingKind.REDIS_REFUSED, 1, 3, "Redis refused {}: maxclients was reached", _connections)
    rejected = samples.get(_SOURCE, "rejected_connections")
    yield from ran_fast(scene, rejected, full, _SOURCE, "connections_refused")
    for lost in keys_lost(scene.evidence):
        if lost.at_s is not None and lost.until_s is not None and scene.touches(lost.at_s, lost.until_s):
            yield Cause(1.0, 2, lost)


def _refused(kind: str) -> Fast:
    why = f", as {_WHY[kind]}" if kind in _WHY else ""
    sentence = f"Redis refused {{}} with {kind}{why}"
    return Fast(FindingKind.REDIS_REFUSED, _FEWEST_REFUSED, 3, sentence, _commands)


def _connections(number: float) -> str:
    return wording.counted(number, "connection", "connections")


def _microseconds(duration_us: float) -> str:
    return wording.span(duration_us / 1e6)


def keys_lost(evidence: Evidence) -> Iterator[Finding]:
    """Commands that empty a Redis, and looks between which most keys went for no other reason."""
    flushes = _flushes(evidence)
    yield from itertools.starmap(_emptied, flushes.items())
    for gone in _gone(evidence):
        if not any(_at_once(flush, gone) for flush in flushes.values()):
            yield gone


def _flushes(evidence: Evidence) -> dict[str, Deltas]:
    """By command, when it was counted: a cache that fills again at once shows nothing of it."""
    load = evidence.load_and_drain
    found = {}
    for command, series in evidence.run.samples.labelled(_SOURCE, "command_calls").items():
        deltas = series.deltas()
        during = deltas.valid & (deltas.growth > 0)
        during &= (deltas.start_s >= load.start_s) & (deltas.start_s < load.end_s)
        if command in _EMPTYING and during.any():
            found[command] = deltas.where(during)
    return found


def _emptied(command: str, flush: Deltas) -> Finding:
    times = "once" if flush.total == 1 else f"{wording.count(flush.total)} times"
    return Finding(
        kind=FindingKind.KEYS_LOST,
        title=f"Redis was emptied {times} by {command.upper()}",
        subject=_SOURCE,
        evidence={"calls": flush.total},
        at_s=float(flush.start_s.min()),
        until_s=float(flush.end_s.max()),
    )


def _at_once(flush: Deltas, gone: Finding) -> bool:
    """Whether a flush explains why keys were gone."""
    at_s, until_s = gone.at_s or 0.0, gone.until_s or 0.0
    return bool(((flush.start_s <= until_s) & (flush.end_s >= at_s)).any())


def _gone(evidence: Evidence) -> Iterator[Finding]:
    """Looks between which most keys went, although neither their time was up nor memory short."""
    samples, load = evidence.run.samples, evidence.load_and_drain
    keys = samples.get(_SOURCE, "keys").between(load.start_s, load.end_s)
    fell = keys.value[:-1] - keys.value[1:]
    expired, evicted = (_grown(samples.get(_SOURCE, name), keys) for name in ("expired_keys", "evicted_keys"))
    gone = expired + evicted
    lost = (fell - gone >= _FEWEST_KEYS) & (fell - gone >= _MOST_OF_ALL * keys.value[:-1])
    for at in np.flatnonzero(lost).tolist():
        before, after = float(keys.value[at]), float(keys.value[at + 1])
        of_all = f"{wording.count(before - after)} of {wording.count(before)} keys"
        yield Finding(
            kind=FindingKind.KEYS_LOST,
            title=f"Redis lost {of_all} at once, which neither expired nor were evicted: was it flushed?",
            subject=_SOURCE,
            evidence={"keys_before": before, "keys_after": after},
            at_s=float(keys.time_s[at]),
            until_s=float(keys.time_s[at + 1]),
        )


def _grown(counter: Series, keys: Series) -> np.ndarray:
    """How much a counter grew between the looks of ``keys``; 0 where it began anew."""
    if len(counter) < 2:  # noqa: PLR2004 - a difference takes two
        return np.zeros(max(0, len(keys) - 1))
    summed = np.concatenate(([0.0], np.cumsum(np.nan_to_num(counter.deltas().growth))))
    return np.diff(np.interp(keys.time_s, counter.time_s, summed))
