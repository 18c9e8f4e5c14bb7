"""Redis as it is run for real: as a cluster, behind a Sentinel, with TLS, as a replica, while it loads."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import redis
from collecting import collecting
from patience import eventually
from redis.cluster import RedisCluster

from preseason.collectors.preflight import check_redis
from preseason.embedded import servers
from preseason.embedded.places import server_user
from preseason.embedded.programs import Machine, find_redis
from preseason.embedded.server import environment, free_port, write_private
from preseason.errors import BadInputError, UnreachableError
from preseason.lifeline import Lifeline
from preseason.run.key_space import read_key_space

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.embedded.server import Server

SYSTEM = shutil.which("redis-server")
VERSIONS = [None, *([Path(SYSTEM).parent] if SYSTEM else [])]
PASSWORD = "sekret"
SLOTS = 16384


def needs_system() -> Path:
    """The folder of the system's Redis, which speaks TLS; without it skip, but fail where CI is set."""
    if SYSTEM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs Debian's redis-server")
    return Path(str(SYSTEM)).parent


@pytest.fixture
def lifeline() -> Iterator[Lifeline]:
    with Lifeline() as opened:
        yield opened


def tell(client: redis.Redis, *words: object) -> Any:  # noqa: ANN401 - whatever the server answers
    return client.execute_command(*words)  # type: ignore[no-untyped-call]


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2].partition("/")[0])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def low_port() -> int:
    """One that a cluster's bus can be 10 000 above."""
    while (port := free_port()) > 55_000:
        pass
    return port


def is_whole(client: redis.Redis) -> bool:
    """Whether a node of the cluster knows both primaries."""
    ready = tell(client, "CLUSTER INFO")["cluster_state"] == "ok"
    return ready and len(tell(client, "CLUSTER SLOTS")) == 2


def clustered(lifeline: Lifeline, binaries: Path | None) -> list[Server]:
    """Two primaries that share the slots, with one password."""
    conf = {"cluster-enabled": "yes"}
    nodes = [servers.start_redis(lifeline, conf=conf, binaries=binaries, ports=low_port) for _ in range(2)]
    clients = [redis.Redis.from_url(node.url) for node in nodes]
    for index, client in enumerate(clients):
        half = range(index * SLOTS // 2, (index + 1) * SLOTS // 2)
        tell(client, "CLUSTER", "ADDSLOTS", *half)
        client.config_set("requirepass", PASSWORD)
    tell(clients[0], "CLUSTER", "MEET", "127.0.0.1", port_of(nodes[1]))
    for client in clients:
        eventually(partial(is_whole, client))
        client.close()
    return nodes


@pytest.mark.parametrize("binaries", VERSIONS, ids=lambda binaries: "system" if binaries else "wheel")
def test_a_cluster_is_counted_over_all_its_primaries_until_one_is_lost(
    lifeline: Lifeline, binaries: Path | None, tmp_path: Path
) -> None:
    nodes = clustered(lifeline, binaries)
    ports = [port_of(node) for node in nodes]
    with (
        RedisCluster("127.0.0.1", ports[0], password=PASSWORD) as cluster,
        collecting(tmp_path, redis_url=f"redis://:{PASSWORD}@127.0.0.1:{ports[0]}/0") as run,
    ):
        run.see_more_of("redis", "keyspace_hits")
        for number in range(200):
            cluster.set(f"league:{number}:data", "x")
            cluster.get(f"league:{number}:data")
        for number in range(10):
            cluster.get(f"missing:{number}")
        assert run.finish() == 0
    assert run.samples.get("redis", "keyspace_hits").deltas().total == 200
    assert run.samples.get("redis", "keyspace_misses").deltas().total == 10
    assert set(run.samples.labelled("redis", "memory_bytes")) == {
        "",
        *(f"127.0.0.1:{port}" for port in ports),
    }
    assert run.samples.get("redis", "keys").value[-1] == 200
    assert [(group.pattern, group.keys) for group in read_key_space(tmp_path)] == [("league:{id}:data", 200)]
    assert run.notes("redis") == run.gaps("redis") == []

    with collecting(tmp_path / "again", redis_url=f"redis://:{PASSWORD}@127.0.0.1:{ports[0]}/0") as run:
        run.see_more_of("redis", "keyspace_hits")
        nodes[1].child.stop()
        eventually(lambda: run.said[-1].get("lost") == ["redis"])
        assert run.finish() == 0
    assert len(run.gaps("redis")) == 1


def test_one_node_of_a_cluster_is_sampled_where_the_others_may_not_be_asked_for(
    lifeline: Lifeline, tmp_path: Path
) -> None:
    node, _ = clustered(lifeline, None)
    with redis.Redis(port=port_of(node), password=PASSWORD) as owner:
        tell(owner, "ACL", "SETUSER", "observer", "on", ">sekret", "+info", "+ping")
    with collecting(tmp_path, redis_url=f"redis://observer:sekret@127.0.0.1:{port_of(node)}/0") as run:
        run.see_more_of("redis", "keyspace_hits")
        assert run.finish() == 0
    assert "one node of a cluster" in run.notes("redis")[0].text
    assert "cluster|slots" in str(run.notes("redis")[0].facts["cure"])


@pytest.mark.parametrize("binaries", VERSIONS, ids=lambda binaries: "system" if binaries else "wheel")
def test_whoever_names_a_sentinel_is_told_what_it_watches(
    lifeline: Lifeline, binaries: Path | None, tmp_path: Path
) -> None:
    cache = servers.start_redis(lifeline, binaries=binaries)
    password = cache.url.partition("//:")[2].partition("@")[0]
    folder, port = lifeline.folder("sentinel", owner=server_user()), free_port()
    text = f"port {port}\nbind 127.0.0.1\nsentinel monitor cache 127.0.0.1 {port_of(cache)} 1\n"
    text += f"sentinel auth-pass cache {password}\n"
    file = write_private(folder / "sentinel.conf", text, server_user())
    found = find_redis(Machine())
    assert found is not None
    program = binaries / "redis-server" if binaries else found[0]
    lifeline.start(
        [str(program), str(file), "--sentinel"],
        name="Sentinel",
        env=environment(folder),
        cwd=folder,
        user=server_user(),
    )
    eventually(partial(listens, port))

    with pytest.raises(BadInputError, match=f"cache at 127.0.0.1:{port_of(cache)}"):
        check_redis(f"redis://127.0.0.1:{port}/0")
    with collecting(tmp_path, redis_url=f"redis://127.0.0.1:{port}/0") as run:
        (absent,) = (it["absent"] for it in run.said[0]["sources"] if it["name"] == "redis")
        assert run.finish() == 0
    assert f"cache at 127.0.0.1:{port_of(cache)}" in absent


@pytest.fixture
def encrypted(lifeline: Lifeline) -> tuple[str, Path]:
    """The address of a Redis with TLS, and the certificate that vouches for it."""
    binaries, user, port = needs_system(), server_user(), free_port()
    folder = lifeline.folder("made")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "crt")]
    subprocess.run(command, check=True, capture_output=True)
    theirs = lifeline.folder("tls", owner=user)
    files = {name: write_private(theirs / name, (folder / name).read_text(), user) for name in ("key", "crt")}
    conf = {
        "tls-port": str(port),
        "tls-cert-file": str(files["crt"]),
        "tls-key-file": str(files["key"]),
        "tls-ca-cert-file": str(files["crt"]),
        "tls-auth-clients": "no",
    }
    server = servers.start_redis(lifeline, conf=conf, binaries=binaries)
    password = server.url.partition("//:")[2].partition("@")[0]
    return f"rediss://:{password}@127.0.0.1:{port}/0", folder / "crt"


def test_a_redis_with_tls_is_sampled_and_a_certificate_of_a_stranger_is_bad_input(
    encrypted: tuple[str, Path], tmp_path: Path
) -> None:
    url, authority = encrypted
    trusted = f"{url}?ssl_ca_certs={authority}"
    with collecting(tmp_path, redis_url=trusted) as run:
        run.see_more_of("redis", "keyspace_hits")
        assert run.finish() == 0
    assert run.gaps("redis") == []
    assert check_redis(trusted).address == f"rediss://{url.rpartition('@')[2]}"
    with pytest.raises(BadInputError, match="ssl_ca_certs"):
        check_redis(url)
    with pytest.raises(BadInputError, match="ssl_ca_certs"):
        check_redis(f"{url}?ssl_ca_certs=/no/such/file")


def test_a_server_that_speaks_no_tls_is_unreachable_with_it(lifeline: Lifeline) -> None:
    with pytest.raises(UnreachableError, match="speaks TLS"):
        check_redis(servers.start_redis(lifeline).url.replace("redis:", "rediss:"))


def test_a_replica_says_so_and_whether_it_hears_from_its_primary(lifeline: Lifeline, tmp_path: Path) -> None:
    primary, replica = servers.start_redis(lifeline), servers.start_redis(lifeline)
    with redis.Redis.from_url(replica.url) as client:
        client.config_set("masterauth", primary.url.partition("//:")[2].partition("@")[0])
        tell(client, "REPLICAOF", "127.0.0.1", port_of(primary))
        eventually(lambda: client.info("replication")["master_link_status"] == "up")
    with collecting(tmp_path, redis_url=replica.url) as run:
        run.see_more_of("redis", "primary_link")
        primary.child.stop()
        eventually(lambda: run.samples.get("redis", "primary_link").value[-1] == 0)
        assert run.finish() == 0
    assert "this is a replica" in run.notes("redis")[0].text
    assert run.gaps("redis") == []


def test_a_server_that_loads_its_data_is_sampled_meanwhile(lifeline: Lifeline, tmp_path: Path) -> None:
    server = servers.start_redis(lifeline, binaries=needs_system())
    with redis.Redis.from_url(server.url) as client, client.pipeline(transaction=False) as pipeline:
        for number in range(6000):
            pipeline.set(f"key:{number}", "x" * 200)
        pipeline.execute()
        client.save()
    process = psutil.Process(server.child.pid)
    where, whose, variables = Path(process.cwd()), process.uids().real, process.environ()
    slowly = ["--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024"]
    again = [str(SYSTEM), "redis.conf", "--port", str(port_of(server)), *slowly]
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "loading")
        server.child.stop()
        lifeline.start(again, name="Redis", cwd=where, user=whose, env=variables)
        eventually(lambda: max(run.samples.get("redis", "loading").value) == 1)
        with redis.Redis.from_url(server.url) as client:
            client.config_set("key-load-delay", 0)
        eventually(lambda: run.samples.get("redis", "keys").value[-1] == 6000)
        eventually(lambda: run.samples.get("redis", "loading").value[-1] == 0)
        assert run.finish() == 0
    assert "restarted" in run.gaps("redis")[0].text
