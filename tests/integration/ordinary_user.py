"""Root's tests of what an ordinary user meets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from preseason.lifeline import open_to_all

NOBODY = 65534


def python_for_everybody() -> str | None:
    """A Python that every user can run; root's own may lie in its home folder."""
    names = ("python3", f"python3.{sys.version_info.minor}")
    folders = (Path(sys.executable).parent, Path("/usr/bin"), *map(Path, os.get_exec_path()))
    candidates = (folder / name for folder in folders for name in names)
    return next((str(path) for path in candidates if path.exists() and open_to_all(path)), None)
