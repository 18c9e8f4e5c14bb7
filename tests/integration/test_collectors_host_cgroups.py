"""Control groups: from file trees of both versions, and where this machine allows it, a group of our own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from collecting import collecting
from patience import eventually

from preseason.collectors.cgroup.places import places_of
from preseason.collectors.cgroup.reading import Memory, Processor, usage_of
from preseason.collectors.cgroup.watched import WatchedGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.cgroup.reading import Usage
    from preseason.run.samples import Series

RECORDED = Path(__file__).parent / "recorded"
PID = 77
GROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuacct", "memory")
#: Of a processor: so little that it gets it on any machine, whatever else that does.
QUOTA = 0.05


def plant(recorded: str, root: Path) -> Path:
    """Put a recorded tree of files under ``root``."""
    for section in (RECORDED / recorded).read_text().split("== ")[1:]:
        path, _, text = section.partition("\n")
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def usage_in(root: Path) -> Usage:
    places = places_of(PID, root)
    assert places is not None
    return usage_of(places)


def test_version_2_is_read_on_the_level_with_the_tightest_limit(tmp_path: Path) -> None:
    usage = usage_in(plant("cgroup_v2.txt", tmp_path))
    assert usage.processor == Processor(7_000_000, 1.5, 400, 100, 2_500_000)
    assert usage.memory == Memory(268_435_456, 536_870_912, 2)
    assert (usage.read_bytes, usage.written_bytes) == (1_459_200 + 90_430_464, 314_773_504 + 299_008_000)
    assert usage.stalled_us == {
        "cpu.some": 3_500_000,
        "cpu.full": 700_000,
        "memory.some": 20,
        "memory.full": 10,
    }


def test_version_1_is_read_although_version_2_is_mounted_beside_it(tmp_path: Path) -> None:
    usage = usage_in(plant("cgroup_v1.txt", tmp_path))
    assert usage.processor == Processor(420_266.221, 0.2, 20, 20, 1_567_721.22)
    assert usage.memory == Memory(50_438_144 - 20_971_520, 67_108_864, 3)
    assert usage.stalled_us == {}


def test_a_container_that_sees_its_own_group_as_the_root_is_read(tmp_path: Path) -> None:
    own = "sys/fs/cgroup/kubepods.slice/pod1.slice/database.scope/"
    root = plant("cgroup_v2.txt", tmp_path)
    inside = root / "inside"
    (inside / "sys/fs").mkdir(parents=True)
    (root / own).rename(inside / "sys/fs/cgroup")
    (inside / "proc/77").mkdir(parents=True)
    (inside / "proc/77/cgroup").write_text("0::/\n")
    (inside / "proc/77/mountinfo").write_text("30 26 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n")
    usage = usage_in(inside)
    assert usage.processor is not None
    assert usage.processor.quota_cores == 4.0
    assert usage.memory is not None
    assert usage.memory.limit_bytes == 536_870_912


def test_a_group_mounted_from_within_its_hierarchy_is_found(tmp_path: Path) -> None:
    """As in a container of version 1: the path is the host's, the mount begins at the container."""
    root = plant("cgroup_v1.txt", tmp_path)
    mountinfo = (root / "proc/77/mountinfo").read_text()
    (root / "proc/77/mountinfo").write_text(
        mountinfo.replace(" / /sys/fs/cgroup/memory ", " /service /sys/fs/cgroup/memory/service ")
    )
    usage = usage_in(root)
    assert usage.memory is not None
    assert usage.memory.limit_bytes == 67_108_864


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("proc/77/cgroup", "0::/\n"),  # the whole machine is no group of the process
        ("proc/77/cgroup", "0::/../elsewhere\n"),  # it is outside of what can be seen from here
        ("proc/77/cgroup", "garbage\n"),
        ("proc/77/mountinfo", "garbage - cgroup2\n"),
    ],
)
def test_a_process_without_a_group_of_its_own_has_no_figures(tmp_path: Path, file: str, text: str) -> None:
    root = plant("cgroup_v2.txt", tmp_path)
    (root / file).write_text(text)
    usage = usage_in(root)
    assert (usage.processor, usage.memory, usage.stalled_us) == (None, None, {})


def test_a_process_that_is_gone_has_no_groups(tmp_path: Path) -> None:
    assert places_of(PID, tmp_path) is None


def test_the_share_is_of_the_quota_and_a_group_made_anew_begins_another_epoch(tmp_path: Path) -> None:
    root = plant("cgroup_v2.txt", tmp_path)
    places = places_of(PID, root)
    assert places is not None
    group = WatchedGroup("database", places, processors=8, boot="b")
    level = root / "sys/fs/cgroup/kubepods.slice/pod1.slice"
    before = {sample.metric: sample for sample in group.samples(100.0)}
    (level / "cpu.stat").write_text("usage_usec 8500000\nnr_periods 410\nnr_throttled 110\n")
    after = {sample.metric: sample for sample in group.samples(102.0)}
    assert "cgroup_cpu" not in before
    assert after["cgroup_cpu"].value == pytest.approx(0.5)
    assert after["cgroup_memory"].value == pytest.approx(0.5)
    grown = after["cgroup_throttled_periods"].value - before["cgroup_throttled_periods"].value
    assert grown == 10
    assert after["cgroup_throttled_periods"].epoch == before["cgroup_throttled_periods"].epoch

    scope = level / "database.scope"
    scope.rename(level / "old.scope")
    plant("cgroup_v2.txt", tmp_path)
    anew = {sample.metric: sample for sample in group.samples(104.0)}
    assert anew["cgroup_oom_kills"].epoch != before["cgroup_oom_kills"].epoch
    assert "cgroup_cpu" not in anew


@contextmanager
def group_of_our_own() -> Iterator[Path]:
    """A name for groups of version 1 with a small quota; they are removed afterwards."""
    if os.geteuid() != 0 or not os.access(GROUPS / "cpu" / "cpu.cfs_quota_us", os.W_OK):
        pytest.skip("needs root, and control groups of version 1 that may be made")
    name = f"preseason-{uuid.uuid4().hex}"
    folders = [GROUPS / controller / name for controller in CONTROLLERS]
    for folder in folders:
        folder.mkdir()
    try:
        (folders[0] / "cpu.cfs_quota_us").write_text(f"{QUOTA * 100_000:.0f}")
        yield Path(name)
    finally:
        for folder in folders:
            eventually(lambda folder=folder: not (folder / "cgroup.procs").read_text())
            folder.rmdir()


def mean_of(shares: Series) -> float:
    """Over all the time: looks that follow upon one that came late are close together, and weigh little."""
    return float(np.average(shares.value[1:], weights=np.diff(shares.time_s)))


def test_a_process_that_its_quota_holds_back_is_seen_to_be(tmp_path: Path) -> None:
    """It gets what its quota and the rest of the machine leave it, as the process itself tells too."""
    with group_of_our_own() as name, subprocess.Popen([sys.executable, "-c", "while 1: 1"]) as busy:
        try:
            for controller in CONTROLLERS:
                (GROUPS / controller / name / "cgroup.procs").write_text(str(busy.pid))
            with collecting(tmp_path, processes=[{"label": "busy", "pid": busy.pid}]) as run:
                eventually(lambda: len(run.samples.get("host", "cgroup_cpu", "busy")) > 10)
                assert run.finish() == 0
        finally:
            os.kill(busy.pid, signal.SIGKILL)
            busy.wait()
    share = mean_of(run.samples.get("host", "cgroup_cpu", "busy"))
    throttled = run.samples.get("host", "cgroup_throttled_periods", "busy").deltas()
    used = mean_of(run.samples.get("host", "process_cpu", "busy"))
    assert 0.5 < share / (used / QUOTA) < 1.5
    assert used < 1.5 * QUOTA
    assert throttled.valid.all()
    assert throttled.total > 0
