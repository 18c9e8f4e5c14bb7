from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

# A test asserts outcomes; how long an example took says what else the machine did.
settings.register_profile("preseason", deadline=None)
settings.load_profile("preseason")

_MODULES = Path(__file__).parents[1] / ".venv" / "npm" / "node_modules"


def pytest_configure() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, which commands of the tests must not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def npm_file() -> Callable[[str, str], Path]:
    """A file of a package that `make test` takes from npm.

    Without it the test is skipped; where CI is set, it fails.
    """

    def found(package: str, name: str) -> Path:
        path = _MODULES / package / name
        if not path.is_file():
            reason = f"no {package}; install npm and run: make test"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
        return path

    return found
