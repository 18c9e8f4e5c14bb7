"""Where our own scenarios and SLO files are: the working copies in a clone, else those in the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_CLONE = _PACKAGE.parent.parent


def _folder(name: str) -> Path:
    working_copy = _CLONE / name
    in_clone = _PACKAGE.parent.name == "src" and working_copy.is_dir()
    return working_copy if in_clone else _PACKAGE / "shipped" / name


def scenarios() -> Path:
    """The folder of our Locust files."""
    return _folder("locustfiles")


def slo_file(name: str) -> Path:
    """One of our SLO files, such as ``release``."""
    return _folder("slo") / f"{name}.yaml"
