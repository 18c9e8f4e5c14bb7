"""How many labels a metric may have: what a server names freely must not fill the run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Labels:
    """Knows the first ``most`` labels it is asked about, and those for good."""

    most: int
    _known: set[str] = field(default_factory=set)

    def admits(self, label: str) -> bool:
        """Whether ``label`` is one of them."""
        if len(self._known) < self.most:
            self._known.add(label)
        return label in self._known
