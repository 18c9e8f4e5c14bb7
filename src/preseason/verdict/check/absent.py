"""A server that was not looked at, or could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.check.model import Row, Status

if TYPE_CHECKING:
    from preseason.run.look import Unseen
    from preseason.verdict.check.topics import Topic


def absent(topic: Topic, name: str, seen: Unseen | None, option: str) -> Row:
    """The one row that is left of it; ``option`` is what names such a server."""
    if seen is None:
        cause = "no such server was named"
        return Row(topic=topic, name=name, status=Status.SKIPPED, cause=cause, remedy=option)
    return Row(
        topic=topic,
        name=name,
        status=Status.FAIL,
        said="not there",
        cause=seen.cause,
        remedy=seen.remedy,
        failed_as=seen.code,
    )
