"""Where the control groups of a process are in the file system, each with all that are above it.

A limit may be set on any level (a pod, a slice), and holds for everything below; so every level is known, the
process's own first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from preseason.collectors.cgroup.parsing import memberships, mounts

if TYPE_CHECKING:
    from preseason.collectors.cgroup.parsing import Membership, Mount

_ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Levels:
    """The folders of a process in one hierarchy, from its own up to the root of what is mounted."""

    folders: tuple[Path, ...]

    @property
    def own(self) -> Path:
        return self.folders[0]


@dataclass(frozen=True, slots=True)
class Places:
    """The hierarchies that a process is in: that of version 2, and those of version 1 by controller."""

    unified: Levels | None
    by_controller: tuple[tuple[str, Levels], ...] = ()

    def of(self, controller: str) -> Levels | None:
        """Where version 1 keeps a controller."""
        return dict(self.by_controller).get(controller)


def places_of(pid: int, root: Path = _ROOT) -> Places | None:
    """Where the control groups of a process are; None where that cannot be told (no Linux, no process).

    ``root`` is the folder that ``/proc`` and the mount points are in.
    """
    process = root / "proc" / str(pid)
    try:
        member_of = list(memberships((process / "cgroup").read_text()))
        mounted = list(mounts((process / "mountinfo").read_text()))
    except OSError:
        return None
    unified: Levels | None = None
    by_controller: dict[str, Levels] = {}
    for mount in mounted:
        membership = next((it for it in member_of if _belongs(it, mount)), None)
        levels = None if membership is None else _levels(membership, mount, root)
        if membership is None or levels is None:
            continue
        if mount.version == 1:
            by_controller |= dict.fromkeys(membership.controllers, levels)
        else:
            unified = unified or levels
    return Places(unified, tuple(by_controller.items()))


def _belongs(membership: Membership, mount: Mount) -> bool:
    if mount.version == 1:
        return bool(membership.controllers) and membership.controllers <= mount.controllers
    return not membership.controllers


def _levels(membership: Membership, mount: Mount, root: Path) -> Levels | None:
    """The folders that are there; None where the process's own is not to be seen from here."""
    path, top = PurePosixPath(membership.path), PurePosixPath(mount.root)
    # In a container the hierarchy is mounted from the container's own group on, which may be named like that.
    within = path.relative_to(top) if path.is_relative_to(top) else path.relative_to(path.anchor or ".")
    if ".." in within.parts:
        return None
    point = root / mount.point.lstrip("/")
    folders = (point / within, *(point / above for above in within.parents)) if within.parts else (point,)
    return Levels(folders) if folders[0].is_dir() else None
