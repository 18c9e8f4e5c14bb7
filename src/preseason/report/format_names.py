"""Names what a verdict can be rendered as; apart from the renderers, so that a help text costs nothing."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """The names by which a user asks for a rendering."""

    HTML = "html"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"
    SARIF = "sarif"
    ANNOTATIONS = "annotations"
    COMMENT = "comment"
    POSTMORTEM = "postmortem"
    STATUS_PAGE = "status-page"
