"""Real parents are ended in every way there is; nothing they started may survive them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from ordinary_user import NOBODY, python_for_everybody
from patience import PATIENCE_S, eventually

import preseason
from preseason import guardian
from preseason.lifeline import Lifeline, group_of, open_to_all

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Has a child in a session of its own, as Postgres has, and one that ignores SIGTERM.
CHILD = """
import subprocess, time
away = subprocess.Popen(["sleep", "600"], start_new_session=True)
deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 600"])
print(away.pid, deaf.pid, flush=True)
time.sleep(600)
"""

PARENT = f"""
import json, subprocess, sys, time
from pathlib import Path
from preseason.lifeline import Lifeline
how, base = sys.argv[1:]
with Lifeline(Path(base)) as lifeline:
    folder = lifeline.folder("data")
    (folder / "file").write_text("something")
    child = lifeline.start([sys.executable, "-c", {CHILD!r}], name="child", stdout=subprocess.PIPE)
    grandchildren = [int(pid) for pid in child.process.stdout.readline().split()]
    pids = [child.pid, *grandchildren]
    print(json.dumps(dict(guardian=lifeline._guardian.pid, pids=pids, folder=str(folder))), flush=True)
    if how == "exception":
        raise RuntimeError
    if how == "signal":
        time.sleep(600)
"""

INTERRUPTED_STARTS = """
import signal, sys
from pathlib import Path
from preseason.lifeline import Lifeline
for delay_ms in range(1, 46, 4):
    try:
        with Lifeline(Path(sys.argv[1])) as lifeline:
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, delay_ms / 1000)
            while True:
                lifeline.start(["sleep", sys.argv[2]], name="sleep")
    except KeyboardInterrupt:
        pass
"""


@dataclass(frozen=True)
class Place:
    """A folder of the user that the parent runs as, with what this user can run and read."""

    path: Path
    user: int
    python: str = sys.executable

    def run(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, "-c", script, *arguments],
            env={"PYTHONPATH": str(self.path / "code"), "PATH": os.environ["PATH"]},
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            **({} if self.user == os.geteuid() else {"user": self.user, "group": group_of(self.user)}),
        )


@pytest.fixture
def myself(tmp_path: Path) -> Place:
    return furnished(Place(tmp_path, os.geteuid()))


@pytest.fixture
def ordinary_user() -> Iterator[Place]:
    if os.geteuid() != 0 or (python := python_for_everybody()) is None:
        pytest.skip("needs root, and a Python that every user can run")
    path = Path(tempfile.mkdtemp(prefix="lifeline-test-"))
    os.chown(path, NOBODY, -1)
    yield furnished(Place(path, NOBODY, python))
    shutil.rmtree(path)


def furnished(place: Place) -> Place:
    package = place.path / "code" / "preseason"
    package.mkdir(parents=True)
    for source in ("__init__.py", "guardian.py", "lifeline.py"):
        shutil.copy(Path(preseason.__file__).with_name(source), package)
    (place.path / "base").mkdir()
    os.chown(place.path / "base", place.user, -1)
    return place


@pytest.fixture(params=["myself", pytest.param("ordinary_user", marks=pytest.mark.root)])
def place(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue(request.param)


@contextlib.contextmanager
def started(place: Place, how: str) -> Iterator[tuple[subprocess.Popen[str], dict]]:
    """A parent with what it says of its family; it ends with this context, whatever happens there."""
    with place.run(PARENT, how, str(place.path / "base")) as parent:
        try:
            yield parent, json.loads(parent.stdout.readline())
        finally:
            parent.kill()


def is_alive(pid: int) -> bool:
    return pid in guardian.processes()


def everything_is_gone(place: Place, story: dict) -> bool:
    left = [pid for pid in (story["guardian"], *story["pids"]) if is_alive(pid)]
    return not left and not any((place.path / "base").iterdir())


@pytest.mark.parametrize(("how", "status"), [("normal", 0), ("exception", 1)])
def test_nothing_is_left_when_the_parent_has_ended_by_itself(place: Place, how: str, status: int) -> None:
    with started(place, how) as (parent, story):
        assert parent.wait(PATIENCE_S) == status
        assert everything_is_gone(place, story)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_signal_that_ends_the_parent_ends_everything(place: Place, number: signal.Signals) -> None:
    with started(place, "signal") as (parent, story):
        parent.send_signal(number)
        assert parent.wait(PATIENCE_S) == -number
        assert eventually(lambda: everything_is_gone(place, story))


def test_a_ctrl_c_at_the_terminal_ends_everything(place: Place) -> None:
    with started(place, "signal") as (parent, story):
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.wait(PATIENCE_S) == -signal.SIGINT
        assert everything_is_gone(place, story)


def test_a_child_being_started_during_ctrl_c_does_not_slip_through(place: Place) -> None:
    seconds = f"{600 + os.getpid() % 1000}.{os.urandom(3).hex().translate(str.maketrans('abcdef', '123456'))}"
    with place.run(INTERRUPTED_STARTS, str(place.path / "base"), seconds) as parent:
        try:
            assert parent.wait(PATIENCE_S) == 0
        finally:
            parent.kill()
    assert not any((place.path / "base").iterdir())
    assert not [p.pid for p in psutil.process_iter(["cmdline"]) if seconds in (p.info["cmdline"] or [])]


def test_what_a_parent_left_that_died_with_its_guardian_is_ended_by_the_next(myself: Place) -> None:
    with started(myself, "signal") as (parent, story):
        parent.send_signal(signal.SIGSTOP)  # else it may have replaced its guardian before it is killed
        os.kill(story["guardian"], signal.SIGKILL)
        assert eventually(lambda: not is_alive(story["guardian"]))
    assert is_alive(story["pids"][0])
    with Lifeline(myself.path / "base"):
        assert not any(is_alive(pid) for pid in story["pids"])
        assert not Path(story["folder"]).exists()
    assert everything_is_gone(myself, story)


def guardians_of(parent: int) -> list[int]:
    children = [pid for pid, process in guardian.processes().items() if process.parent == parent]
    return [pid for pid in children if "guard" in command_of(pid)]


def command_of(pid: int) -> list[str]:
    """Nothing of one that has ended meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).cmdline()
    return []


def test_a_guardian_that_is_killed_is_replaced_and_the_new_one_guards(place: Place) -> None:
    with started(place, "signal") as (parent, story):
        for _ in range(2):
            (doomed,) = guardians_of(parent.pid)
            os.kill(doomed, signal.SIGKILL)
            assert eventually(lambda: guardians_of(parent.pid) not in ([], [doomed]))  # noqa: B023 - asked at once
    assert eventually(lambda: everything_is_gone(place, story))


def test_a_living_lifeline_is_left_alone_by_the_next(tmp_path: Path) -> None:
    with Lifeline(tmp_path) as first:
        child = first.start(["sleep", "600"], name="sleep")
        folder = first.folder("kept")
        with Lifeline(tmp_path):
            pass
        assert child.poll() is None
        assert folder.is_dir()


def test_one_whose_guardian_was_killed_is_left_alone_too(tmp_path: Path) -> None:
    with Lifeline(tmp_path) as first:
        child = first.start(["sleep", "600"], name="sleep")
        first._guardian.kill()
        first._guardian.wait()
        with Lifeline(tmp_path):
            pass
        assert child.poll() is None


def test_everything_is_ended_even_when_the_guardian_was_killed(tmp_path: Path) -> None:
    with Lifeline(tmp_path) as lifeline:
        child = lifeline.start(["sleep", "600"], name="sleep")
        lifeline._guardian.kill()
    assert child.poll() == -signal.SIGTERM
    assert not any(tmp_path.iterdir())


def test_a_child_that_dies_is_noticed(tmp_path: Path) -> None:
    with Lifeline(tmp_path) as lifeline:
        child = lifeline.start(["sh", "-c", "exit 3"], name="brief")
        assert eventually(lambda: child.poll() is not None)
        assert child.wait() == 3


def test_a_child_ends_by_its_own_stop_signal(tmp_path: Path) -> None:
    with Lifeline(tmp_path) as lifeline:
        child = lifeline.start(
            ["sh", "-c", "trap 'exit 7' INT; echo ready; while :; do sleep 0.02; done"],
            name="gentle",
            stop_signal=signal.SIGINT,
            stdout=subprocess.PIPE,
        )
        assert child.process.stdout.readline() == b"ready\n"
        assert child.stop() == 7


def test_a_child_that_ignores_its_stop_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    with Lifeline(tmp_path) as lifeline:
        child = lifeline.start(
            ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done"],
            name="deaf",
            grace_s=0.1,
            stdout=subprocess.PIPE,
        )
        assert child.process.stdout.readline() == b"ready\n"
        assert child.stop() == -signal.SIGKILL


def test_children_end_in_reverse_order(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    (tmp_path / "base").mkdir()
    script = "trap 'echo $0 >> $1; exit' TERM; echo ready; while :; do sleep 0.02; done"
    with Lifeline(tmp_path / "base") as lifeline:
        for name in ("database", "platform", "traffic"):
            child = lifeline.start(["sh", "-c", script, name, str(diary)], name=name, stdout=subprocess.PIPE)
            assert child.process.stdout.readline() == b"ready\n"
    assert diary.read_text().split() == ["traffic", "platform", "database"]


@pytest.mark.parametrize(
    ("program", "error"), [("no-such-program", FileNotFoundError), ("/", PermissionError)]
)
def test_a_program_that_cannot_be_run_is_an_error_at_its_start(
    tmp_path: Path, program: str, error: type[OSError]
) -> None:
    with Lifeline(tmp_path) as lifeline, pytest.raises(error, match=program):
        lifeline.start([program], name="impossible")


def test_a_stranger_that_got_the_number_of_a_dead_child_is_spared() -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        try:
            guardian.end(guardian.Record(stranger.pid, signal.SIGKILL, 0.1, "long ago"))
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_child_gets_its_environment_its_folder_and_no_descriptor_of_ours(tmp_path: Path) -> None:
    look = "echo $WORD; pwd; ls /dev/fd/ | wc -w"
    with Lifeline(tmp_path) as lifeline:
        (folder := lifeline.folder("work")).joinpath("x").touch()
        env = {"WORD": "hello", "PATH": os.environ["PATH"]}
        child = lifeline.start(
            ["sh", "-c", look],
            name="look",
            env=env,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        word, place, descriptors = child.process.stdout.read().decode().split()
    assert (word, Path(place)) == ("hello", folder)
    assert int(descriptors) <= 4  # the three standard ones, and the one that `ls` lists them by


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_starts_a_child_as_another_user_in_a_folder_of_its_own() -> None:
    with Lifeline() as lifeline:
        folder = lifeline.folder("theirs", owner=NOBODY)
        child = lifeline.start(
            ["sh", "-c", "id -u; id -G; touch here"],
            name="id",
            user=NOBODY,
            cwd=folder,
            stdout=subprocess.PIPE,
        )
        assert child.process.stdout.read().decode().split() == [str(NOBODY), str(group_of(NOBODY))]
        assert (folder / "here").stat().st_uid == NOBODY


def test_a_folder_under_a_private_one_is_not_open_to_all(tmp_path: Path) -> None:
    (tmp_path / "private" / "inner").mkdir(parents=True)
    (tmp_path / "private").chmod(0o700)
    assert not open_to_all(tmp_path / "private" / "inner")
    assert open_to_all(Path("/"))


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="needs ps")
def test_both_ways_to_read_the_process_table_agree() -> None:
    by_ps = guardian._from_ps()[os.getpid()]
    by_either = guardian.processes()[os.getpid()]
    assert (by_ps.parent, by_ps.group) == (os.getppid(), os.getpgid(0))
    assert (by_either.parent, by_either.group) == (os.getppid(), os.getpgid(0))
    assert by_ps.started
