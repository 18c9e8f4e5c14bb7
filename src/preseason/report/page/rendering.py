"""The shell of every page, and what its templates may use."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from preseason.report import plain, units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.report.page.parts import Fact, Section


@dataclass(frozen=True, slots=True)
class Pointer:
    """A sentence at the top of a page that leads to its place below, by the anchor ``key``."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the sections of a page.

    ``word`` is the badge of the whole answer, in the colours of the outcome ``tone`` (by default its own);
    ``sentence`` says it as the heading, ``detail`` more of it below; without a ``detail``, the heading is the
    first sentence and the rest stands below. ``about`` tells what the page is about, ``at_s``
    of when (UTC epoch seconds). ``stands_out`` leads to what a reader in a hurry looks for. ``name`` and
    ``source`` stand in the browser's title and at the foot.
    """

    word: str
    sentence: str
    about: tuple[str, ...]
    name: str
    source: str
    version: str
    at_s: float | None = None
    tiles: tuple[Fact, ...] = ()
    stands_out: tuple[Pointer, ...] = ()
    tone: str = ""
    detail: str = ""

    @property
    def headline(self) -> str:
        return self.sentence if self.detail else self.sentence.partition(". ")[0]

    @property
    def more(self) -> str:
        """What is said beyond the headline."""
        return self.detail or self.sentence.partition(". ")[2]


@dataclass(frozen=True, slots=True)
class _Inline:
    """A style sheet or script that stands in the page, and the hash by which the page's policy admits it."""

    text: Markup
    policy: str


def render_page(frame: Frame, sections: Sequence[Section], **content: object) -> str:
    """The page as text; ``content`` are the variables of sections with a template of their own."""
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            frame=frame,
            sections=sections,
            style=_inline("style.css"),
            script=_inline("report.js"),
            **content,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("preseason.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
        optimized=False,  # halves the time to compile, and each template is rendered once
    )
    environment.filters |= {
        "ms": units.milliseconds,
        "percent": units.percent,
        "count": units.count,
        "per_second": units.per_second,
        "size": units.size,
        "duration": units.duration,
        "utc": units.utc,
        "iso": units.iso,
        "clock": units.clock,
        "short": plain.short,
        "lines": plain.lines,
        "sentence": plain.sentence,
        "capital": plain.capital,
        "breakable": _breakable,
    }
    return environment


def _harmless(value: object) -> object:
    """Every expression of every template passes here before it is escaped."""
    return plain.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


#: Before a slash, and after an underscore or a full stop within a name.
_BREAKS = re.compile(r"(?=/)|(?<=[^\W\d_][._])(?=[^\W\d])")


def _breakable(name: str) -> Markup:
    """A path or a dotted name that may go on in the next line at its seams, so that no word is broken."""
    return Markup("<wbr>").join(_BREAKS.split(plain.clean(name)))


@cache
def _inline(name: str) -> _Inline:
    text = files("preseason.report").joinpath("templates", name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return _Inline(Markup(text), f"'sha256-{digest}'")  # noqa: S704 - our own file, admitted by its hash
