"""Root's tests of what an ordinary user meets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from preseason.lifeline import open_to_all

NOBODY = 65534


def python_for_everybody() -> str | None:
    """A Python of our minor version that every user can run; root's own may lie in its home folder."""
    name = f"python3.{sys.version_info.minor}"
    folders = (Path(sys.executable).parent, Path("/usr/bin"), *map(Path, os.get_exec_path()))
    candidates = (folder / name for folder in folders)
    return next((str(path) for path in candidates if path.exists() and open_to_all(path)), None)
