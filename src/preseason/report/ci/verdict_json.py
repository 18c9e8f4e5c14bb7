"""The verdict as JSON, for programs; its schema is published as ``docs/reference/verdict.schema.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preseason.verdict.model import Verdict


def render(verdict: Verdict) -> str:
    """The whole verdict, indented; unbounded and unknown numbers are null."""
    return verdict.model_dump_json(indent=2) + "\n"
