"""Reads a short sentence word by word, and knows where a mistake in it stands."""

from __future__ import annotations

import re

from preseason.slo.quantities import MistakeError


class Scanner:
    """Reads a sentence from left to right and knows where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._skip_blanks()

    def take(self, pattern: str) -> str | None:
        """The text that matches here, without what follows; None leaves the place as it was."""
        found = re.compile(pattern, re.IGNORECASE).match(self.text, self.at)
        if found is None or found.end() == self.at:
            return None
        self.at = found.end()
        self._skip_blanks()
        return found[0].strip()

    def need(self, pattern: str, what: str, remedy: str) -> str:
        """As ``take``, but a MistakeError where nothing matches."""
        start = self.at
        if (taken := self.take(pattern)) is not None:
            return taken
        here = self.text[start:].split(maxsplit=1)
        found = f"found '{here[0]}'" if here else "the text ends"
        raise MistakeError(f"expected {what}, {found}", remedy, start)

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def _skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1


def placed(mistake: MistakeError, start: int) -> MistakeError:
    """The mistake at ``start``, where it does not know better itself."""
    return MistakeError(mistake.cause, mistake.remedy, mistake.offset or start)
