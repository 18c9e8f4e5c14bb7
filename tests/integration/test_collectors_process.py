"""The collectors' process: how it is told what to do, what it says, and how it ends."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from collecting import COLLECTORS, Collecting, collecting
from patience import PATIENCE_S, eventually

from preseason.collectors.settings import CollectorSettings
from preseason.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEALTHY = b'{"status":"healthy","timestamp":"2026-11-23T12:00:00Z","database":{"connected":true}}'


@contextmanager
def platform(status: int, body: bytes) -> Iterator[str]:
    """A target whose health endpoint always answers the same."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_it_ends_with_its_input(tmp_path: Path) -> None:
    with collecting(tmp_path) as run:
        run.see_more_of("host", "cpu")
        assert run.finish() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    with collecting(tmp_path) as run:
        run.see_more_of("host", "cpu")
        run.process.send_signal(number)
        assert run.process.wait(PATIENCE_S) == 0
    assert len(run.samples.get("host", "memory")) > 1


def test_what_it_wrote_can_be_read_after_it_was_killed(tmp_path: Path) -> None:
    with collecting(tmp_path) as run:
        run.see_more_of("host", "cpu", 5)
        run.process.kill()
    assert len(run.samples.get("host", "cpu")) >= 5


def test_it_samples_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    settings = CollectorSettings(run_folder=tmp_path, interval_s=0.01, write_interval_s=0.001)
    heard, said = os.pipe()
    fcntl.fcntl(said, fcntl.F_SETPIPE_SZ, 4096)
    with (
        os.fdopen(heard),
        os.fdopen(said, "w"),
        subprocess.Popen(COLLECTORS, stdin=subprocess.PIPE, stdout=said, text=True) as process,
    ):
        run = Collecting(tmp_path, process)
        assert process.stdin is not None
        process.stdin.write(settings.model_dump_json() + "\n")
        process.stdin.flush()
        eventually(lambda: not select.select([], [said], [], 0)[1])
        run.see_more_of("host", "cpu", 20)
        assert run.finish() == 0


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ('{"postgres_dsn": "postgresql://u:sekret@h/d"}', "run_folder: Field required"),
        ('{"run_folder": "/tmp", "postgres": "postgresql://u:sekret@h/d"}', "postgres: Extra inputs"),
        ('"postgresql://u:sekret@h/d', "Invalid JSON"),
    ],
)
def test_settings_that_are_none_are_refused_without_their_secrets(document: str, complaint: str) -> None:
    asked = subprocess.run(
        COLLECTORS,
        input=f"{document}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == ExitCode.BAD_INPUT
    assert complaint in asked.stderr
    assert "sekret" not in asked.stderr + asked.stdout


@contextmanager
def busy_family() -> Iterator[int]:
    """The number of a process whose only child keeps a processor busy."""
    child = "subprocess.run([sys.executable, '-c', 'while 1: 1'])"
    with subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; {child}"], process_group=0
    ) as parent:
        try:
            yield parent.pid
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def test_the_named_processes_are_measured_with_their_children_until_they_end(tmp_path: Path) -> None:
    with busy_family() as pid, collecting(tmp_path, processes=[{"label": "platform", "pid": pid}]) as run:
        eventually(lambda: max(run.samples.get("host", "process_cpu", "platform").value, default=0) > 0.2)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: bool(run.notes("host")))
        assert run.finish() == 0
    assert run.notes("host")[0].text == f"process platform ({pid}) has ended"
    assert max(run.samples.get("host", "process_rss_bytes", "platform").value) > 2**20
    assert set(run.samples.labelled("host", "process_cpu")) == {"platform", "collectors"}


def test_shares_of_this_machine_are_ratios(tmp_path: Path) -> None:
    with collecting(tmp_path) as run:
        run.see_more_of("host", "cpu", 5)
        assert run.finish() == 0
    for ratio in (run.samples.get("host", "cpu"), run.samples.get("host", "memory")):
        assert ((ratio.value >= 0) & (ratio.value <= 1)).all()


def test_a_target_is_up_and_lacks_some_of_the_manuals_fields(tmp_path: Path) -> None:
    with platform(200, HEALTHY) as url, collecting(tmp_path, target_url=url) as run:
        run.see_more_of("health", "up", 3)
        assert run.finish() == 0
    assert set(run.samples.get("health", "up").value) == {1.0}
    (note,) = run.notes("health")
    assert "version, uptime, checks.database.status" in note.text
    assert "timestamp" not in note.text


def test_a_target_that_is_unhealthy_or_gone_is_down_and_that_is_no_gap(tmp_path: Path) -> None:
    with platform(503, HEALTHY) as url, collecting(tmp_path, target_url=url) as run:
        run.see_more_of("health", "status")
        eventually(lambda: len(run.samples.get("health", "up")) > 0)
        assert run.finish() == 0
    assert set(run.samples.get("health", "status").value) == {503.0}
    assert set(run.samples.get("health", "up").value) == {0.0}


def test_a_target_that_cannot_be_reached_is_down_and_that_is_no_gap(tmp_path: Path) -> None:
    with collecting(tmp_path, target_url="http://127.0.0.1:1") as run:
        run.see_more_of("health", "up", 3)
        assert run.finish() == 0
    assert set(run.samples.get("health", "up").value) == {0.0}
    assert run.gaps("health") == []


def test_a_target_without_a_health_endpoint_is_not_called_down(tmp_path: Path) -> None:
    with platform(404, b"") as url, collecting(tmp_path, target_url=url) as run:
        eventually(lambda: bool(run.notes("health")))
        assert run.finish() == 0
    assert len(run.samples.get("health", "up")) == 0
    assert "is not measured" in run.notes("health")[0].text
