"""Targets and accidents that do their worst to a gate: errors are counted with their reasons, and it ends."""

from __future__ import annotations

import json
import signal
import textwrap
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import hostile
import pytest
from commandline import CommandLine, Said, running
from gated import load_began, unless_held_up

from preseason.campaign.reach import why_unreachable
from preseason.run.reading import read_run

if TYPE_CHECKING:
    import ssl
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import psutil
    from hostile import HostileServer, Misdeed

    Victim = Callable[[psutil.Process], psutil.Process]

pytestmark = pytest.mark.gate

#: What our client must call each misdeed.
LEAN_REASONS = {
    "/closes_now_and_then": "connection closed without an answer",
    "/closes_midway": "connection closed within an answer",
    "/resets": "connection reset without an answer",
    "/resets_midway": "connection reset within an answer",
    "/answers_garbage": "malformed answer",
    "/stops_midway": "server was silent for too long",
    "/never_answers": "server was silent for too long",
    "/drips": "total time exceeded",
    "/never_ends_its_header": "header exceeds the limit",
    "/announces_a_gigabyte": "announced body exceeds the limit",
    "/streams_a_gigabyte": "body exceeds the limit",
}
LEAN = """
    from locust import task

    from preseason.traffic.client import Timeouts
    from preseason.traffic.user import LeanUser

    class Victim(LeanUser):
        timeouts = Timeouts(connect_s=5, read_s=0.5, total_s=1.5)

        @task
        def ask_for_everything(self):
            for path in {paths}:
                self.client.get(path)
"""
#: The same of Locust's own clients, by the class of the user and the path.
FOREIGN_REASONS = {
    "HttpUser /closes_midway": "IncompleteRead",
    "HttpUser /answers_garbage": "BadStatusLine",
    "HttpUser /stops_midway": "timed out",
    "FastHttpUser /closes_midway": "Incomplete response",
    "FastHttpUser /answers_garbage": "HTTPParseError",
    "FastHttpUser /stops_midway": "TimeoutError",
}
FOREIGN = """
    from locust import FastHttpUser, HttpUser, task

    PATHS = ["/closes_midway", "/answers_garbage", "/stops_midway"]

    class Plain(HttpUser):
        @task
        def ask_for_everything(self):
            for path in PATHS:
                self.client.get(path, name=f"HttpUser {path}", timeout=0.5)

    class Fast(FastHttpUser):
        network_timeout = 0.5

        @task
        def ask_for_everything(self):
            for path in PATHS:
                self.client.get(path, name=f"FastHttpUser {path}")
"""
ASK = """
    from locust import HttpUser, task

    from preseason.traffic.user import LeanUser

    class Victim({base}):
        @task
        def ask(self):
            self.client.get("/ask")
"""
#: Everything here is quick or fails, so that nothing but errors decides.
OBJECTIVES = "objectives: [errors < 20 %, p50 < 20 s]"


@dataclass(frozen=True)
class Ended:
    """A gate that has ended: what it said, what it recorded, and how much memory any process of it took."""

    said: Said
    folder: Path
    most_mib: float = 0.0

    @property
    def verdict(self) -> dict:
        return json.loads((self.folder / "verdict.json").read_text())

    def reasons(self) -> dict[str, Counter[str]]:
        """How often each endpoint failed for which reason."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in read_run(self.folder).errors.to_pylist():
            found[row["name"]][row["kind"]] += row["requests"]
        return found

    def requests(self) -> Counter[str]:
        requests = read_run(self.folder).requests
        return Counter({end.name: requests.of_endpoint(end).total for end in requests.present_endpoints()})


def arguments(folder: Path, server: HostileServer, locustfile: str, load: str) -> list[str | Path]:
    scenario, slo = folder / "victims.py", folder / "worst.yaml"
    scenario.write_text(textwrap.dedent(locustfile))
    slo.write_text(f"load: {{model: open, warmup: 0s, {load}}}\n{OBJECTIVES}\n")
    return ["gate", "--target", server.url, "--locustfile", scenario, "--slo", slo]


def gate(
    folder: Path,
    misdeeds: dict[str, Misdeed],
    locustfile: str,
    load: str,
    certificates: Sequence[ssl.SSLContext] = (),
) -> Ended:
    preseason = CommandLine(folder)

    def asked() -> Said:
        with hostile.serving(misdeeds, tls=certificates) as server:
            return preseason(*arguments(folder, server, locustfile, load))

    said = unless_held_up(asked, lambda _: folder)
    assert "Traceback" not in said.all
    assert "fault of preseason" not in said.all
    run = preseason.runs()[-1]
    return Ended(said, run, memory_of(run))


def memory_of(run: Path) -> float:
    """The most that any process of the generator took."""
    series = read_run(run).samples.labelled("generator", "rss_bytes").values()
    return max((float(one.value.max()) for one in series), default=0.0) / 2**20


def every_misdeed() -> dict[str, Misdeed]:
    return {path: getattr(hostile, path.removeprefix("/")) for path in LEAN_REASONS}


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Our client against every misdeed, in journeys that meet them all."""
    scenario = LEAN.format(paths=list(LEAN_REASONS))
    return gate(tmp_path_factory.mktemp("lean"), every_misdeed(), scenario, "rate: 8/s, duration: 4s")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Locust's own clients against some."""
    return gate(tmp_path_factory.mktemp("foreign"), every_misdeed(), FOREIGN, "rate: 10/s, duration: 4s")


@pytest.mark.parametrize("path", LEAN_REASONS)
def test_every_misdeed_is_counted_under_its_reason(lean: Ended, path: str) -> None:
    reasons = lean.reasons()[path]

    assert [reason for reason in reasons if LEAN_REASONS[path] in reason], reasons
    share, stalled = (1 / 3, stalls(reasons)) if path == "/closes_now_and_then" else (1.0, 0)
    assert reasons.total() == pytest.approx(share * lean.requests()[path], abs=1 + stalled)


def stalls(reasons: Counter[str]) -> int:
    """Requests for which this machine had no time, where the server does answer."""
    return sum(reasons[why] for why in reasons if "silent for too long" in why or "total time" in why)


def test_journeys_through_every_misdeed_end_in_a_failed_run(lean: Ended) -> None:
    assert lean.said.exit_code == 1, lean.said.all
    assert {objective["outcome"] for objective in lean.verdict["objectives"]} == {"FAIL"}
    assert any(finding["kind"] == "errors_by_kind" for finding in lean.verdict["findings"])
    assert len(set(lean.requests().values())) == 1  # no misdeed ends a journey


def test_bodies_without_an_end_do_not_fill_the_memory(lean: Ended) -> None:
    assert 0 < lean.most_mib < 600


@pytest.mark.parametrize("name", FOREIGN_REASONS)
def test_what_locusts_own_clients_suffer_is_counted_too(foreign: Ended, name: str) -> None:
    reasons = foreign.reasons()[name]

    assert [reason for reason in reasons if FOREIGN_REASONS[name] in reason], reasons
    assert foreign.said.exit_code == 1, foreign.said.all


def test_a_certificate_nobody_trusts_is_told_before_the_load(tmp_path: Path) -> None:
    with hostile.serving({}, tls=[hostile.secured(tmp_path, "IP:127.0.0.1")]) as server:
        said = CommandLine(tmp_path)(
            *arguments(tmp_path, server, ASK.format(base="LeanUser"), "rate: 20/s, duration: 3s")
        )

    assert said.exit_code == 5, said.all
    assert f"{server.url}: certificate refused: self-signed certificate" in said.errors
    assert "SSL_CERT_FILE" in said.errors


def test_a_certificate_that_is_replaced_by_a_wrong_one_is_an_error_of_every_request(tmp_path: Path) -> None:
    good, others = (hostile.secured(tmp_path, name) for name in ("IP:127.0.0.1", "DNS:elsewhere.example"))
    trusting = ASK.format(base="LeanUser") + f"        verify = {str(tmp_path / 'trusted.pem')!r}\n"
    ended = gate(tmp_path, {}, trusting, "rate: 20/s, duration: 3s", [good, good, others])

    assert ended.said.exit_code == 1, ended.said.all
    (reason,) = ended.reasons()["/ask"]
    assert reason.startswith("certificate refused: IP address mismatch")
    assert reason in ended.said.output


def test_a_target_that_holds_every_user_for_ever_fails_and_the_run_ends(tmp_path: Path) -> None:
    """Locust's plain client has no timeout: nothing is ever recorded, and most journeys never begin."""
    load = "rate: 20/s, duration: 3s, max_in_flight: 5"
    ended = gate(tmp_path, {"/ask": hostile.never_answers}, ASK.format(base="HttpUser"), load)

    assert ended.said.exit_code == 1, ended.said.all
    assert "never began: the target held every user" in ended.said.output


@pytest.mark.parametrize(
    ("misdeed", "why"),
    [
        (hostile.well, ""),
        (hostile.drips, ""),
        (hostile.never_ends_its_header, ""),
        (hostile.streams_a_gigabyte, ""),
        (hostile.answers_garbage, "what listens there does not speak HTTP"),
        (hostile.closes, "it closed the connection without an answer"),
        (hostile.resets, "Connection reset by peer"),
    ],
)
def test_the_beginning_of_any_answer_says_that_the_target_is_there(misdeed: Misdeed, why: str) -> None:
    with hostile.serving({"/": misdeed}) as server:
        assert why_unreachable(urlsplit(server.url), hostile.FOREVER_S) == why


def test_a_target_that_says_nothing_is_waited_for_no_longer_than_it_may_take() -> None:
    with hostile.serving({"/": hostile.never_answers}) as server:
        assert why_unreachable(urlsplit(server.url), 0.5) == "it was silent for 0.5 s"


def test_a_worker_that_is_killed_shortly_before_the_end_makes_the_run_invalid(tmp_path: Path) -> None:
    """Its silence, of five seconds, is noticed when the load is over and the others have done their share."""
    with hostile.serving({"/ask": hostile.slowly}) as server:
        load = "rate: 40/s, duration: 8s"
        ended = killing(tmp_path, server, load, lambda traffic: traffic.children()[-1], after_s=4.0)

    assert ended.said.exit_code == 4, ended.said.all
    assert ended.verdict["verdict"] == "INVALID"
    assert "fell silent; its share of the load is missing" in ended.verdict["sentence"]


def test_a_generator_that_is_killed_leaves_an_invalid_run_of_what_it_had_recorded(tmp_path: Path) -> None:
    with hostile.serving({"/ask": hostile.slowly}) as server:
        load = "rate: 40/s, duration: 60s"
        ended = killing(tmp_path, server, load, lambda traffic: traffic, after_s=8.0)

    assert ended.said.exit_code == 4, ended.said.all
    assert "the traffic process was killed by signal 9" in ended.verdict["sentence"]
    assert ended.requests()["/ask"] > 40
    assert json.loads((ended.folder / "run.json").read_text())["status"] == "interrupted"


def killing(folder: Path, server: HostileServer, load: str, whom: Victim, *, after_s: float) -> Ended:
    """A gate of two processes of which one is killed so long after the load began; nobody may be left."""
    preseason = CommandLine(folder)
    with preseason.started(
        *arguments(folder, server, ASK.format(base="LeanUser"), load), "--processes", "2"
    ) as process:
        _, began_s = load_began(preseason, process)
        time.sleep(max(0.0, began_s + after_s - time.time()))
        whom(traffic_of(process)).send_signal(signal.SIGKILL)
        output, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors
    (run,) = preseason.runs()
    return Ended(said=Said(process.returncode, output, errors, 0.0), folder=run)


def traffic_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The Locust master that a gate started."""
    (master,) = [one for one in running(process.pid, "preseason.traffic") if one.ppid() == process.pid]
    return master
