"""The names of keys as patterns: ``league:42:data`` is one of ``league:{id}:data``.

A run keeps patterns alone, because what stands in their places may be a person's. Ids are known by their
looks (numbers, UUIDs, hashes, addresses) and by their company: a place in which many different words stand,
each in few keys, holds an id too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

ID = "{id}"
#: More different words than this in one place are ids, whatever they look like, unless each has its own
#: crowd of keys.
CROWD, KEYS_EACH = 10, 20
#: A kind of fewer keys is known by its first word only.
FEW = 3
_LONGEST = 256
_LONGEST_WORD = 40
_SEPARATORS = re.compile(r"([:/|])")
_IDS = re.compile(
    r"""
    [0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}     # a UUID
    | (?=[a-z_-]*[0-9])[0-9a-z_-]{16,}              # a hash or a token: long, with a digit somewhere
    | (?<![0-9a-z])(?=[a-f]*[0-9])[0-9a-f]{6,}(?![0-9a-z])
    | [0-9a-f]{12,}
    | [0-9]+
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NEIGHBOURS = re.compile(r"\{id\}(?:[-._+]?\{id\})+")


def patterns(keys: Sequence[str]) -> list[str]:
    """The pattern of each key."""
    split = [[_word(part) for part in _SEPARATORS.split(key[:_LONGEST])] for key in keys]
    longest = max(map(len, split), default=0)
    for place in range(longest):
        _thin_out(split, place)
    times = Counter(map(tuple, split))
    return ["".join(parts if times[tuple(parts)] >= FEW else _first_alone(parts)) for parts in split]


def _first_alone(parts: list[str]) -> list[str]:
    return [part if place == 0 or _SEPARATORS.fullmatch(part) else ID for place, part in enumerate(parts)]


def _word(part: str) -> str:
    """A piece between separators, without what looks like an id."""
    if not part.isascii() or not part.isprintable() or "@" in part or len(part) > _LONGEST_WORD:
        return ID
    bare = part.strip("{}")  # a cluster's hash tag
    return _NEIGHBOURS.sub(ID, _IDS.sub(ID, bare))


def _thin_out(split: list[list[str]], place: int) -> None:
    """Where a crowd of words stands in one place of keys that are alike up to there, write an id."""
    alike: defaultdict[Hashable, list[list[str]]] = defaultdict(list)
    for parts in split:
        if place < len(parts):
            alike[len(parts), tuple(parts[:place])].append(parts)
    for family in alike.values():
        words = len({parts[place] for parts in family})
        if words > CROWD and len(family) < words * KEYS_EACH:
            for parts in family:
                parts[place] = ID
