"""A sample of the keys, once the load is over: which kinds of them there are, and how much memory they take.

``SCAN`` walks through the keys in the order of their hashes, which is as good as a shuffled one;
``MEMORY USAGE`` weighs each. Neither is a look-up: they add no hit and no miss. ``SCAN`` with ``TYPE`` would
add one for every key. The sample ends after so many keys or seconds, and rests between its steps.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from preseason.collectors.redis.key_names import patterns
from preseason.run.key_space import KeyGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import redis
    from numpy.typing import NDArray

MOST_KEYS = 10_000
LONGEST_S = 4.0
#: The server is kept busy for this share of the time.
DUTY = 0.05
STEP_KEYS = 100
#: Of a large collection, so many elements are weighed.
ELEMENTS = 5
MOST_GROUPS = 50
OTHERS = "(other keys)"
_RESAMPLES = 200
_TAIL = 2.5


@dataclass(slots=True)
class Sampled:
    """Bytes by key; ``there_are`` so many keys in all, ``complete`` once every one of them was seen."""

    sizes: dict[str, int] = field(default_factory=dict)
    there_are: int = 0
    complete: bool = True


def sample(clients: Iterable[redis.Redis]) -> Sampled:
    """Weigh keys of the servers, each in turn for its share of the time; raises what redis-py raises."""
    servers = list(clients)
    found = Sampled()
    for client in servers:
        found.there_are += client.dbsize()
        _walk(client, found, MOST_KEYS // len(servers), time.monotonic() + LONGEST_S / len(servers))
    return found


def _walk(client: redis.Redis, found: Sampled, most: int, until_s: float) -> None:
    cursor, seen = 0, 0
    while True:
        began_s = time.monotonic()
        cursor, keys = client.scan(cursor, count=STEP_KEYS)
        new = [key for key in dict.fromkeys(map(str, keys)) if key not in found.sizes]
        found.sizes.update(_weighed(client, new))
        seen += len(new)
        if cursor == 0:
            return
        rest_s = (time.monotonic() - began_s) * (1 / DUTY - 1)
        if seen >= most or time.monotonic() + rest_s >= until_s:
            found.complete = False
            return
        time.sleep(rest_s)


def _weighed(client: redis.Redis, keys: Sequence[Any]) -> Iterator[tuple[str, int]]:
    with client.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.memory_usage(key, samples=ELEMENTS)
        for key, size_bytes in zip(keys, pipeline.execute() if keys else (), strict=True):
            if size_bytes is not None:  # it expired meanwhile
                yield key, size_bytes


def groups(at_s: float, found: Sampled) -> tuple[KeyGroup, ...]:
    """What was sampled, by pattern of the key's name, the largest first; as an estimate of all keys.

    A share of the sample stands for that share of all keys. The interval is that of 95 % by the bootstrap
    over the sampled keys; of a complete sample, it has no width.
    """
    if not found.sizes:
        return ()
    sizes = np.array(list(found.sizes.values()), dtype=np.float64)
    names = patterns(list(found.sizes))
    by_name = _largest_first(names, sizes)
    number = {name: index for index, name in enumerate(by_name)}
    index = np.array([number.get(name, number.get(OTHERS, 0)) for name in names])
    weight = 1.0 if found.complete else max(1.0, found.there_are / len(sizes))
    low, high = _bounds(sizes, index, len(number), resampled=not found.complete)
    return tuple(
        KeyGroup(
            at_s=at_s,
            pattern=name,
            sampled=int((index == group).sum()),
            keys=float((index == group).sum() * weight),
            bytes=float(sizes[index == group].sum() * weight),
            bytes_low=float(low[group] * weight),
            bytes_high=float(high[group] * weight),
            largest_bytes=int(sizes[index == group].max()),
            complete=found.complete,
        )
        for name, group in number.items()
    )


def _largest_first(names: Sequence[str], sizes: NDArray[np.float64]) -> list[str]:
    sums: defaultdict[str, float] = defaultdict(float)
    for name, size_bytes in zip(names, sizes, strict=True):
        sums[name] += float(size_bytes)
    ordered: Mapping[str, float] = dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))
    kept = list(ordered)
    return kept if len(kept) <= MOST_GROUPS else [*kept[: MOST_GROUPS - 1], OTHERS]


def _bounds(
    sizes: NDArray[np.float64], index: NDArray[np.int64], count: int, *, resampled: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sums by group, at their lowest and highest among resamples of the keys."""
    if not resampled:
        exact = np.bincount(index, sizes, count).astype(np.float64)
        return exact, exact
    random = np.random.default_rng(len(sizes))
    draws = random.integers(0, len(sizes), (_RESAMPLES, len(sizes)))
    sums = np.array([np.bincount(index[draw], sizes[draw], count) for draw in draws])
    low, high = np.percentile(sums, (_TAIL, 100 - _TAIL), axis=0)
    return low, high
