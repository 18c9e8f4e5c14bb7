"""What went wrong while users got ready, so that a run that never began can say why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class Complaints:
    """Counts failed requests by endpoint and reason; as bounded as the kinds of errors that are recorded."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, errors: pa.Table) -> None:
        """Rows of ``tables.ERRORS``."""
        for row in errors.select(("method", "name", "kind", "requests")).to_pylist():
            endpoint = f"{row['method']} {row['name']}".strip()
            self._counts[f"{endpoint}: {row['kind']}"] += row["requests"]

    def __str__(self) -> str:
        """The end of a sentence: the most frequent, or where else to look."""
        if not self._counts:
            return "; traffic.log says why"
        complaint, times = self._counts.most_common(1)[0]
        return f": {complaint} ({times} of {self._counts.total()} failed requests)"
