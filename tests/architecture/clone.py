"""The clone that the architecture tests look at: its files, and fresh interpreters beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "preseason"


def tracked_files() -> list[Path]:
    """Every file that git knows and that is there, except pictures and other binary files."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name for name in listing.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter, with nothing of ours in its environment but what is given."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PRESEASON_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**env, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def modules_after(statement: str, cwd: Path) -> set[str]:
    """The names of all modules that are loaded in a fresh interpreter once ``statement`` has run."""
    script = f"import sys\ntry:\n    {statement}\nfinally:\n    sys.stderr.write('\\n'.join(sys.modules))"
    done = python("-c", script, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())
