"""What several files of these tests need: a real browser, and a port where nobody listens."""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from watched import PATIENCE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Nothing that the browser does on its own account may look like something the page did.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where nobody listens: it is taken meanwhile, so that no server of another test comes by it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. Without one the test is skipped; where CI is set, it fails.

    Playwright keeps an event loop running, beside which tests of other files could run none.
    """
    executable = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if executable is None:
        reason = "no Chromium on this machine; apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=list(_QUIET), timeout=PATIENCE_MS
        )
        yield browser
        browser.close()
