"""Foreign text made harmless: names, errors and statements come from servers that may say anything.

Escaping belongs to each format; what belongs here is what no format can carry: control characters, halves of
surrogate pairs, characters XML forbids, marks that reverse the reading direction, and endless length.
"""

from __future__ import annotations

import re

#: Stands between a number and its unit, and between thousands: narrow, and never broken over two lines.
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

#: XML 1.0 allows tab, line feed, carriage return and all from space on, but for surrogates and U+FFFE/F; we
#: also refuse DEL, C1 controls and the bidirectional overrides that make code read as what it is not.
_UNSPEAKABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
#: What ends a line or only fills it; spaces that bind a number to its unit are left alone.
_SPACES = re.compile("[ \t\n\u2028\u2029]+")
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:m?s|min|h|[KMGT]?i?B)\b|%)")


def clean(text: str) -> str:
    """``text`` with line feeds for line ends and U+FFFD for characters that no report may contain."""
    return _UNSPEAKABLE.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def sentence(text: str, length: int = 400) -> str:
    """``text`` shortened, with a capital and a full stop, its numbers bound to their units.

    A path or an id at its start is left as it is.
    """
    told = bound(capital(short(text, length)))
    return told if not told or told[-1] in ".!?…" else f"{told}."


def capital(text: str) -> str:
    """``text`` with a capital, unless it begins with a path, an id or ``p95``."""
    first_word = text.partition(" ")[0]
    return text[0].upper() + text[1:] if first_word.isalpha() and first_word.islower() else text


def bound(text: str) -> str:
    """``text`` with its numbers bound to their units, so that no line ends between them."""
    return _BEFORE_UNIT.sub(THIN_SPACE, text)


def for_programs(text: str, length: int = 500) -> str:
    """``text`` on one short line with ordinary spaces, which can be searched for."""
    return short(text, length).replace(THIN_SPACE, " ")


def short(text: str, length: int = 120) -> str:
    """``text`` on one line and at most ``length`` characters long, its middle left out where it is longer."""
    line = _SPACES.sub(" ", clean(text[: 8 * length] + text[8 * length :][-length:])).strip()
    if len(line) <= length:
        return line
    head = length * 2 // 3
    return f"{line[:head]}{ELLIPSIS}{line[-(length - head - 1) :]}"


def lines(text: str, most: int = 200, length: int = 300) -> str:
    """``text`` in its own lines, at most so many and so long; what is left out is marked."""
    told = clean(text[: most * length]).split("\n")
    kept = [line if len(line) <= length else f"{line[:length]}{ELLIPSIS}" for line in told[:most]]
    return "\n".join(kept if len(told) <= most and len(text) <= most * length else [*kept, ELLIPSIS])
