from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from client_sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session_to() -> Iterator[Sessions]:
    sessions = Sessions()
    yield sessions
    sessions.close()
