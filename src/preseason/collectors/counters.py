"""The lives of counters: two values may be subtracted only when both were counted in the same one.

A life ends when the counting server restarts, fails over, is promoted, or when somebody resets its
statistics. Most of that shows in what the server says about itself (its *identity*). A crash of one Postgres
backend or a ``CONFIG RESETSTAT`` does not: there, counters that can only grow are smaller than before. Either
way all counters of the source begin another epoch, also those that happen to have grown since.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


WENT_BACK = "went back"


@dataclass(frozen=True, slots=True)
class Turn:
    """The epoch that counters belong to, and why it is not the one before (empty while it is)."""

    epoch: str
    broken: str = ""


@dataclass(slots=True)
class CounterLife:
    """Follows the counters of one source (or of one statement) from life to life."""

    _identity: dict[str, object] = field(default_factory=dict)
    _counters: dict[str, float] = field(default_factory=dict)
    _fell_at_s: float | None = None

    def turn(self, now_s: float, identity: Mapping[str, object], counters: Mapping[str, float]) -> Turn:
        """The epoch of ``counters``, read at ``now_s``.

        ``identity`` maps what it means that a value differs from before ("the server restarted") to the
        value; what it leaves out counts as unchanged. The epoch is a digest of it, so another process that
        samples the same life names it alike.
        """
        changed = [meaning for meaning, value in identity.items() if self._differs(meaning, value)]
        fallen = [name for name, value in counters.items() if value < self._counters.get(name, value)]
        if fallen and not changed:
            self._fell_at_s = now_s
        broken = "; ".join([*changed, *([f"{', '.join(fallen)} {WENT_BACK}"] if fallen else [])])
        self._identity.update(identity)
        self._counters.update(counters)
        return Turn(_digest(sorted(self._identity.items()), self._fell_at_s), broken)

    def _differs(self, meaning: str, value: object) -> bool:
        return meaning in self._identity and self._identity[meaning] != value


def _digest(*parts: object) -> str:
    return hashlib.blake2s(repr(parts).encode(), digest_size=4).hexdigest()
