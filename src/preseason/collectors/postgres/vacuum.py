"""When autovacuum comes to a table: at how many dead rows, by the settings and the table's options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PREFIX = "autovacuum_vacuum_"
_OFF = {"false", "off", "no", "0", "f", "n"}


@dataclass(frozen=True, slots=True)
class VacuumSettings:
    """``vacuum_settings.sql``; ``most`` is the highest threshold there is (since 18), negative for none."""

    is_on: bool
    threshold: float
    scale_factor: float
    most: float


def dead_rows_allowed(
    settings: VacuumSettings, estimated_rows: float, options: Sequence[str]
) -> float | None:
    """How many dead rows a table may have before it is vacuumed; None where it never is for their sake.

    ``threshold + scale_factor * reltuples``, at most ``most``, as in the server's autovacuum; ``options`` are
    the table's ``reloptions``. A table that was never analyzed counts as empty there, too.
    """
    own = dict(option.split("=", 1) for option in options)
    if not settings.is_on or own.get("autovacuum_enabled", "on").lower() in _OFF:
        return None
    base = float(own.get(f"{_PREFIX}threshold", settings.threshold))
    scale = float(own.get(f"{_PREFIX}scale_factor", settings.scale_factor))
    most = float(own.get(f"{_PREFIX}max_threshold", settings.most))
    allowed = base + scale * max(estimated_rows, 0.0)
    return allowed if most < 0 else min(allowed, most)
