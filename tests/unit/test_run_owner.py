from __future__ import annotations

import fcntl
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from preseason.campaign.holding import holding_run, holding_target
from preseason.errors import BadInputError
from preseason.run import owner
from preseason.run.owner import FILE, Holder, held, is_held

if TYPE_CHECKING:
    from pathlib import Path

ME = Holder(pid=os.getpid(), since="2026-01-05T12:00:00+00:00", doing="a test")


def test_a_lock_that_is_held_says_who_holds_it(tmp_path: Path) -> None:
    with holding_run(tmp_path), pytest.raises(BadInputError, match=f"process {os.getpid()} is at work here"):
        holding_run(tmp_path).__enter__()
    with holding_run(tmp_path):
        assert is_held(tmp_path / FILE)
    assert not is_held(tmp_path / FILE)


def test_whoever_only_looks_whether_a_lock_is_held_keeps_nobody_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE
    with path.open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        monkeypatch.setattr(owner, "sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))
        with held(path, ME):
            assert is_held(path)


def test_two_soaks_of_one_target_are_refused_and_of_two_are_not() -> None:
    port = 10_000 + os.getpid() % 50_000  # the locks of a machine are where all its tests meet
    with holding_target(f"http://localhost:{port}", "run 1"):
        with pytest.raises(BadInputError, match=r"\(run 1\)"):
            holding_target(f"http://127.0.0.1:{port}/", "run 2").__enter__()
        with holding_target(f"http://127.0.0.1:{port + 1}", "run 2"):
            pass


def test_what_a_killed_process_held_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / FILE
    child = os.fork()
    if child == 0:  # pragma: no cover - it is killed
        try:
            with held(path, ME):
                time.sleep(60)
        finally:
            os._exit(1)
    deadline_s = time.monotonic() + 20
    while not is_held(path):
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert not is_held(path)
    with held(path, ME):
        pass


def test_a_file_with_nothing_in_it_is_held_by_nobody_known(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert not is_held(tmp_path / FILE)
    assert not is_held(tmp_path / "none")
