from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from traffic_runs import Target, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with serving(tmp_path) as served:
        yield served
