"""The processes behind the addresses of a target on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from preseason.campaign.listeners import processes_here
from preseason.campaign.options import Addresses

#: Listens, and has a child that listens on the same socket, as servers with workers do.
SERVER = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child: print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_a_server_on_this_machine_is_found_by_its_eldest_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        port = server.stdout.readline().strip()
        found = processes_here(Addresses(redis=f"redis://localhost:{port}/0"), f"http://127.0.0.1:{port}")
        server.stdin.close()

    assert found == {"platform": server.pid, "redis": server.pid}


def test_what_is_elsewhere_or_not_there_has_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ours = Addresses(postgres=f"postgresql://someone:secret@127.0.0.1:{port}/app")
        assert processes_here(ours, f"http://platform.example:{port}") == {"postgres": os.getpid()}
    assert (
        processes_here(Addresses(postgres="host=db.example", redis="redis://[::"), "http://127.0.0.1:1") == {}
    )
