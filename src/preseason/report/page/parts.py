"""What a section of a page is made of. Each part is data; ``macros.html.j2`` gives each its form, once.

Every text here may be foreign: it is cleaned, shortened and escaped where it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.report.charts.figure import Figure
    from preseason.report.charts.model import Tone


class Part(Protocol):
    """Anything of which ``macros.html.j2`` knows the ``kind``."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its name, and a remark where it needs one."""

    name: str
    value: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts side by side, as many as fit in a row."""

    kind: ClassVar[str] = "facts"
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; ``quiet`` ones are remarks about what stands above."""

    kind: ClassVar[str] = "prose"
    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """Why there is nothing to show: it stands where a table or a chart would."""

    kind: ClassVar[str] = "absent"
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Sentences one below the other."""

    kind: ClassVar[str] = "listing"
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A command or a file's text, in its own lines."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True, slots=True)
class Meanings:
    """What words mean that occur on the page as badges: word, meaning, and the tone if it has one."""

    kind: ClassVar[str] = "meanings"
    words: tuple[tuple[str, str] | tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: how much, in the chart's unit, and of what."""

    label: str
    tone: Tone
    value: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of pieces end to end; ``figure`` is their sum as text, ``chosen`` the one to look at."""

    label: str
    pieces: tuple[Piece, ...]
    figure: str
    remark: str = ""
    chosen: bool = False

    @property
    def total(self) -> float:
        return sum(piece.value for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars below one another on one scale from zero, as costs by configuration."""

    kind: ClassVar[str] = "bars"
    title: str
    bars: tuple[Bar, ...]

    @property
    def longest(self) -> float:
        return max((bar.total for bar in self.bars), default=0.0) or 1.0

    @property
    def legend(self) -> tuple[tuple[str, Tone], ...]:
        """The labels of pieces with their tones, once each."""
        return tuple({piece.label: piece.tone for bar in self.bars for piece in bar.pieces}.items())


@dataclass(frozen=True, slots=True)
class Stack:
    """Charts below one another on one axis, which the pointer and the arrow keys read together."""

    kind: ClassVar[str] = "stack"
    figures: tuple[Figure, ...]
    label: str = "Charts on one axis"


@dataclass(frozen=True, slots=True)
class Multiples:
    """Small charts side by side."""

    kind: ClassVar[str] = "multiples"
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Parts that open at a press of ``summary``; print shows them."""

    kind: ClassVar[str] = "folded"
    summary: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section: ``key`` is its anchor, ``nav`` its name in the navigation, ``lead`` its first sentence.

    What it holds are ``parts``; or a ``template`` of its own, which finds the page's content as variables.
    """

    key: str
    nav: str
    heading: str
    lead: str = ""
    parts: Sequence[Part] = ()
    template: str = ""
