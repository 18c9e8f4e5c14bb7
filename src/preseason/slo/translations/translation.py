"""What a translation into another language yields: its text, and what that language cannot say."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from preseason.errors import Problem

_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Translation:
    """``text`` says all but what ``left_out`` names, each with its reason and the way out."""

    text: str
    left_out: tuple[Problem, ...] = ()


def yaml_text(documents: Sequence[Any]) -> str:
    """Documents as YAML in their own order of keys, lines not folded."""
    writer = YAML(typ="rt", pure=True)
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 10_000
    writer.representer.ignore_aliases = lambda *_: True
    out = io.StringIO()
    writer.dump_all(documents, out)
    return out.getvalue()


def comment(lines: Iterable[str]) -> str:
    """Lines as a comment above a YAML text."""
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def dns_label(text: str, taken: set[str]) -> str:
    """``text`` as a name that Kubernetes and OpenSLO accept, unlike all in ``taken``, which it joins."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "objective"
    for number in range(1, 10_000):
        suffix = "" if number == 1 else f"-{number}"
        name = plain[: _LONGEST_NAME - len(suffix)].rstrip("-") + suffix
        if name not in taken:
            taken.add(name)
            return name
    raise ValueError("ten thousand objectives of one name")
