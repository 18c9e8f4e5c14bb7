"""Durations given as options."""

from __future__ import annotations

from preseason.errors import BadInputError, Problem


def seconds_of(option: str, text: str) -> float:
    """The seconds of a text like ``90s``; BadInputError, naming the option, where it is no duration."""
    from preseason.slo.quantities import MistakeError, duration_s

    try:
        seconds = duration_s(text)
    except MistakeError as mistake:
        raise BadInputError(Problem(mistake.cause, f"{option} {text}", mistake.remedy)) from None
    if seconds < 0:
        raise BadInputError(Problem("is below 0", f"{option} {text}", "write it like 90s"))
    return seconds
