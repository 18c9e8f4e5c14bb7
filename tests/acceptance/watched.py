"""A page in a browser, and everything it did that a report must not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request


#: How long a browser may take for anything on a machine that does other things too.
PATIENCE_MS = 120_000.0
#: The same rules are asked as without options. But what passed, thousands of elements of some pages, is told
#: by the number of rules alone: to describe each, and to read that here, takes longer than the asking.
_FOUND = """async () => {
  const {passes, violations} = await axe.run({resultTypes: ["violations"]});
  const told = violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  return {passed: passes.length, violations: told};
}"""


@dataclass
class Watched:
    """A page, and everything it did that a report must not do."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        def requested(request: Request) -> None:
            self.requests.append(request.url)

        def said(message: ConsoleMessage) -> None:
            self.messages.append(message.text)

        self.page.on("request", requested)
        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))


def opened(chromium: Browser, report: Path, width: int, **context: Any) -> Iterator[Watched]:  # noqa: ANN401 - passed on
    page = chromium.new_page(viewport={"width": width, "height": 900}, **context)
    page.set_default_timeout(PATIENCE_MS)
    try:
        watched = Watched(page)
        page.goto(report.as_uri())
        yield watched
    finally:
        page.close()


def violations(watched: Watched, axe: str) -> list[str]:
    """What the accessibility checker finds; it must have looked at something."""
    watched.page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
    found = watched.page.evaluate(_FOUND)
    assert found["passed"] > 20
    return found["violations"]
