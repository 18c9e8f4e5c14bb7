from __future__ import annotations

import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from client_sessions import PATIENT, await_word, kind
from raw_server import Peer, RawServer, say, serve, stall

from preseason.errors import BadInputError
from preseason.traffic.client import FailureKind, Limits, Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from client_sessions import Sessions


def certificate(folder: Path, subject_alt_name: str) -> Path:
    """A self-signed certificate with its key, in one PEM file."""
    pem = folder / f"{subject_alt_name.partition(':')[2]}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    command += ["-addext", f"subjectAltName={subject_alt_name}", "-keyout", pem, "-out", f"{pem}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + pem.with_name(f"{pem.name}.crt").read_bytes())
    return pem


AUTHORITY = """
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = address
[any]
commonName = supplied
[address]
subjectAltName = IP:127.0.0.1
"""


@pytest.fixture(scope="module")
def expired(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``own``, of some years ago."""
    folder = tmp_path_factory.mktemp("expired")
    (folder / "authority.cnf").write_text(AUTHORITY)
    (folder / "index.txt").touch()
    request = ["openssl", "req", "-new", "-key", own, "-subj", "/CN=test", "-out", "request.pem"]
    sign = ["openssl", "ca", "-batch", "-config", "authority.cnf", "-selfsign", "-keyfile", own]
    sign += ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-notext"]
    sign += ["-in", "request.pem", "-out", "signed.pem"]
    for command in (request, sign):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    pem = folder / "expired.pem"
    pem.write_bytes(
        own.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0] + (folder / "signed.pem").read_bytes()
    )
    return pem


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the address the test server listens at."""
    return certificate(tmp_path_factory.mktemp("own"), "IP:127.0.0.1")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("others"), "DNS:elsewhere.example")


def served_by(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_trusted_certificate_lets_one_connection_serve_all(session_to: Sessions, own: Path) -> None:
    with RawServer(serve, tls=served_by(own)) as server:
        session = session_to(server.url, verify=str(own))
        assert [session.get("/").body for _ in range(10)] == [b"ok"] * 10
    assert (server.connections, session.dropped_idle) == (1, 0)


def test_tls_1_2_is_spoken_too(session_to: Sessions, own: Path) -> None:
    context = served_by(own)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with RawServer(serve, tls=context) as server:
        session = session_to(server.url, verify=str(own))
        assert [session.get("/").body for _ in range(3)] == [b"ok"] * 3


def test_a_certificate_nobody_vouches_for_is_refused(session_to: Sessions, own: Path) -> None:
    with RawServer(serve, tls=served_by(own)) as server:
        response = session_to(server.url).get("/")
    assert kind(response) is FailureKind.TLS
    assert "certificate refused: self-signed certificate" in str(response.failure).replace(
        "self signed", "self-signed"
    )
    assert server.requests == []


def test_a_certificate_for_another_host_is_refused(session_to: Sessions, others: Path) -> None:
    with RawServer(serve, tls=served_by(others)) as server:
        response = session_to(server.url, verify=str(others)).get("/")
    assert kind(response) is FailureKind.TLS
    assert "mismatch" in str(response.failure)


def test_a_certificate_that_has_expired_is_refused(session_to: Sessions, expired: Path) -> None:
    with RawServer(serve, tls=served_by(expired)) as server:
        response = session_to(server.url, verify=str(expired)).get("/")
    assert kind(response) is FailureKind.TLS
    assert str(response.failure) == "certificate refused: certificate has expired"


def test_checking_can_be_turned_off_in_so_many_words(session_to: Sessions, others: Path) -> None:
    with RawServer(serve, tls=served_by(others)) as server:
        assert session_to(server.url, verify=False).get("/").ok


def test_an_unusable_file_of_authorities_is_said_at_once(session_to: Sessions, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    for name in ("absent.pem", "empty.pem"):
        with pytest.raises(BadInputError):
            session_to("https://127.0.0.1", verify=str(tmp_path / name))


def speak_plainly(peer: Peer) -> None:
    peer._sock.recv(1000)
    peer.answer(b"this is not TLS")


def hang_up(peer: Peer) -> None:
    peer._sock.recv(1000)


@pytest.mark.parametrize(
    ("script", "timeouts", "expected"),
    [
        (speak_plainly, PATIENT, FailureKind.TLS),
        (hang_up, PATIENT, FailureKind.TLS),
        (stall, Timeouts(connect_s=2), FailureKind.CONNECT_TIMEOUT),
    ],
)
def test_a_server_without_tls_ends_in_a_failure(
    session_to: Sessions, script: Callable[[Peer], None], timeouts: Timeouts, expected: FailureKind
) -> None:
    with RawServer(script) as server:
        url = server.url.replace("http:", "https:")
        response = session_to(url, verify=False, timeouts=timeouts).get("/")
    assert kind(response) is expected


def test_large_bodies_go_both_ways(session_to: Sessions, own: Path) -> None:
    def echo(peer: Peer) -> None:
        while request := peer.read_request():
            peer.answer(request.partition(b"\r\n\r\n")[2])

    with RawServer(echo, tls=served_by(own)) as server:
        session = session_to(server.url, verify=str(own), limits=Limits())
        for _ in range(2):
            assert session.post("/", json="x" * 3_000_000).json() == "x" * 3_000_000
    assert server.connections == 1


def test_a_body_that_ends_with_the_connection_counts_only_if_tls_was_ended_too(
    session_to: Sessions, own: Path
) -> None:
    body = b"HTTP/1.1 200 OK\r\n\r\nall of it?"

    def end_in_order(peer: Peer) -> None:
        say(body)(peer)
        peer.close_notify()

    with RawServer(end_in_order, say(body), tls=served_by(own)) as server:
        session = session_to(server.url, verify=str(own))
        assert session.get("/").body == b"all of it?"
        assert kind(session.get("/")) is FailureKind.CONNECTION_CLOSED


@pytest.mark.parametrize("end", [Peer.close, Peer.close_notify])
def test_a_connection_closed_while_idle_is_noticed_over_tls(
    session_to: Sessions, own: Path, end: Callable[[Peer], None]
) -> None:
    def once(peer: Peer) -> None:
        peer.read_request()
        peer.answer()
        end(peer)

    with RawServer(once, serve, tls=served_by(own)) as server:
        session = session_to(server.url, verify=str(own))
        session.get("/")
        await_word(session)
        assert session.post("/", json={}).ok
    assert (server.connections, session.stale_retries) == (2, 0)


def test_bytes_nobody_asked_for_drop_a_tls_connection(session_to: Sessions, own: Path) -> None:
    answered = threading.Event()

    def blurt(peer: Peer) -> None:
        peer.read_request()
        peer.answer()
        answered.wait(60)
        peer.answer(b"wrong")
        peer.wait_for_close()

    with RawServer(blurt, serve, tls=served_by(own)) as server:
        session = session_to(server.url, verify=str(own))
        session.get("/")
        answered.set()
        await_word(session)
        assert session.get("/").body == b"ok"
    assert server.connections == 2


def test_garbage_within_tls_is_a_failure(session_to: Sessions, own: Path) -> None:
    def break_record(peer: Peer) -> None:
        peer.read_request()
        raw = peer._sock.detach()
        with open(raw, "wb", buffering=0) as plain:  # noqa: PTH123 - a descriptor, not a path
            plain.write(b"\x17\x03\x03\x00\x10" + b"x" * 16)

    with RawServer(break_record, tls=served_by(own)) as server:
        assert kind(session_to(server.url, verify=str(own)).get("/")) is FailureKind.TLS
