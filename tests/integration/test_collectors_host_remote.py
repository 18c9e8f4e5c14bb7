"""Machines elsewhere, by a real node_exporter and a real Prometheus; and by servers that do their worst."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import monitoring
import numpy as np
import pytest
from collecting import collecting
from patience import eventually

from preseason.collectors.preflight_pages import check_host_page, check_prometheus
from preseason.collectors.settings import HostPage, PrometheusQueries
from preseason.errors import BadInputError, UnreachableError
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socket import socket

    from collecting import Collecting

QUICK = {"host_pages_interval_s": 0.4, "prometheus_interval_s": 0.5}
IDLE = 'node_cpu_seconds_total{mode="idle"}'
WORST = (
    monitoring.in_silence,
    monitoring.by_drops_of_its_head,
    monitoring.by_drops_of_its_body,
    monitoring.without_end,
    monitoring.with_a_failure,
    monitoring.elsewhere,
    monitoring.with_half_a_page,
    monitoring.with_something_else,
)
REASONS = (
    "no whole answer within",
    "no whole answer within",
    "no whole answer within",
    "longer than 8 MiB",
    "HTTP 500",
    "HTTP 302",
    "",
    "",
)


@pytest.fixture(scope="module")
def lifeline() -> Iterator[Lifeline]:
    with Lifeline() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(lifeline: Lifeline) -> str:
    return monitoring.start_node_exporter(lifeline)[1]


@pytest.fixture(scope="module")
def prometheus(lifeline: Lifeline, page: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return monitoring.start_prometheus(lifeline, tmp_path_factory.mktemp("prometheus"), page)[1]


def hosts(**pages: str) -> list[dict[str, str]]:
    return [{"label": name, "url": url} for name, url in pages.items()]


def test_a_machine_is_sampled_by_its_page_as_it_is_by_itself(tmp_path: Path, page: str) -> None:
    told_s = [monitoring.processors_s(page)]
    with collecting(tmp_path, host_pages=hosts(db=page), **QUICK) as run:
        told_s.append(monitoring.processors_s(page))
        eventually(lambda: len(run.samples.get("host", "cpu", "db")) > 3)
        told_s.append(monitoring.processors_s(page))
        seen = len(run.samples.get("host", "cpu", "db"))
        eventually(lambda: len(run.samples.get("host", "cpu", "db")) > seen + 1)
        assert run.finish() == 0
    told_s.append(monitoring.processors_s(page))
    theirs, ours = (run.samples.get("host", "memory", label) for label in ("db", ""))
    assert np.median(theirs.value) == pytest.approx(np.median(ours.value), abs=0.1)
    cpu = run.samples.get("host", "cpu", "db").value
    assert ((cpu >= 0) & (cpu <= 1)).all()
    (found,) = (it for it in run.said[0]["sources"] if it["name"] == "host:db")
    assert found["version"].startswith("node_exporter 1.")
    by_mode = run.samples.labelled("host", "cpu_s")
    assert {"db:idle", "db:user", "db:steal"} <= set(by_mode)
    counted_s = sum(one.deltas().total for one in by_mode.values())
    assert 0 < told_s[2] - told_s[1] <= counted_s <= told_s[3] - told_s[0]
    assert len(run.samples.labelled("host", "filesystem")) > 0
    assert run.gaps("host:db") == []


def test_an_exporter_that_was_away_leaves_a_gap_of_its_own_and_the_counters_go_on(
    tmp_path: Path, lifeline: Lifeline, page: str
) -> None:
    child, other = monitoring.start_node_exporter(lifeline)
    port = int(other.rpartition(":")[2].partition("/")[0])
    with collecting(tmp_path, host_pages=hosts(db=page, web=other), **QUICK) as run:
        eventually(lambda: len(run.samples.get("host", "cpu", "web")) > 1)
        child.stop()
        eventually(lambda: "host:web" in run.said[-1].get("lost", []))
        child, _ = monitoring.start_node_exporter(lifeline, port)
        gap = run.see_gap("host:web")
        before = len(run.samples.get("host", "cpu", "web"))
        eventually(lambda: len(run.samples.get("host", "cpu", "web")) > before)
        assert run.finish() == 0
    child.stop()
    assert gap.until_s is not None
    idle = run.samples.get("host", "cpu_s", "web:system")
    assert idle.deltas().valid.all()
    assert len(run.samples.get("host", "cpu", "web").between(gap.at_s + 0.001, gap.until_s)) == 0
    assert run.gaps("host:db") == []


@pytest.fixture(scope="module")
def worst_run(tmp_path_factory: pytest.TempPathFactory, page: str) -> Iterator[Collecting]:
    """One run with every bad server as a host and as a Prometheus, beside a good one."""
    folder = tmp_path_factory.mktemp("worst")
    with ExitStack() as stack:
        bad = {f"bad{number}": stack.enter_context(monitoring.server(it)) for number, it in enumerate(WORST)}
        with collecting(folder, host_pages=hosts(good=page, **bad), **QUICK) as run:
            eventually(lambda: set(run.said[-1].get("lost", [])) == {f"host:{name}" for name in bad})
            seen = len(run.samples.get("host", "memory", "good"))
            eventually(lambda: len(run.samples.get("host", "memory", "good")) > seen + 4)
            assert run.finish() == 0
        yield run


@pytest.mark.parametrize("number", range(len(WORST)), ids=[it.__name__ for it in WORST])
def test_a_server_that_does_its_worst_is_a_gap_with_a_reason(worst_run: Collecting, number: int) -> None:
    gaps = worst_run.gaps(f"host:bad{number}")
    assert len(gaps) == 1
    assert gaps[0].text
    assert REASONS[number] in gaps[0].text


def test_servers_that_do_their_worst_delay_nobody(worst_run: Collecting) -> None:
    assert worst_run.gaps("host:good") == []
    assert len(worst_run.samples.get("host", "memory", "good")) > 4


def asked(url: str, **queries: str) -> dict[str, object]:
    return {"url": url, "queries": queries}


def test_queries_become_samples_at_the_times_of_their_scrapes_each_once(
    tmp_path: Path, prometheus: str
) -> None:
    queries = asked(
        prometheus,
        load="node_load1 # as it is stored",
        cpu=f"1 - avg(rate({IDLE}[5s]))",
        scalar="scalar(node_load1)",
        modes="sum by (mode) (node_cpu_seconds_total)",
        nothing="no_such_metric",
        not_a_number="node_load1 * NaN",
    )
    with collecting(tmp_path, prometheus=queries, **QUICK) as run:
        eventually(lambda: len(run.samples.get("prometheus", "cpu")) > 8)
        eventually(lambda: bool(run.notes("prometheus:nothing")))
        eventually(lambda: asked_more_often(run, "scalar", "load"))
        assert run.finish() == 0
    (load,) = run.samples.labelled("prometheus", "load").values()
    assert (np.diff(load.time_s) > 0).all()  # scraped each second, asked for twice a second
    assert set(load.time_s) <= monitoring.scraped_s(prometheus, "node_load1")
    assert {"mode=idle", "mode=user"} <= set(run.samples.labelled("prometheus", "modes"))
    for silent in ("nothing", "not_a_number"):
        assert not run.samples.labelled("prometheus", silent)
    cpu = run.samples.get("prometheus", "cpu")
    assert np.isfinite(cpu.value).all()
    assert (np.diff(cpu.time_s) > 0).all()
    assert [event.text for event in run.timeline if event.kind == "gap"] == []


def asked_more_often(run: Collecting, each_time: str, stored: str) -> bool:
    """Whether a metric that is made for each moment asked for has more samples than one that is stored."""
    (series,) = run.samples.labelled("prometheus", stored).values()
    return len(run.samples.get("prometheus", each_time)) > len(series)


def test_a_value_that_prometheus_repeats_until_the_next_scrape_is_one_sample(
    tmp_path: Path, lifeline: Lifeline, page: str
) -> None:
    server, url = monitoring.start_prometheus(lifeline, tmp_path / "prometheus", page, scrape_s=3)
    queries = asked(url, load="node_load1", scalar="scalar(node_load1)")
    with collecting(tmp_path, prometheus=queries, **QUICK) as run:
        eventually(lambda: any(len(it) > 2 for it in run.samples.labelled("prometheus", "load").values()))
        eventually(lambda: asked_more_often(run, "scalar", "load"))
        assert run.finish() == 0
    scraped_s = monitoring.scraped_s(url, "node_load1")
    server.stop()
    (load,) = run.samples.labelled("prometheus", "load").values()
    assert (np.diff(load.time_s) > 0).all()
    assert set(load.time_s) <= scraped_s


def test_a_prometheus_that_goes_away_is_a_gap_for_each_query(
    tmp_path: Path, lifeline: Lifeline, page: str
) -> None:
    server, url = monitoring.start_prometheus(lifeline, tmp_path / "prometheus", page)
    with collecting(tmp_path, prometheus=asked(url, a="node_load1", b="node_load5"), **QUICK) as run:
        eventually(lambda: len(run.samples.labelled("prometheus", "b")) > 0)
        server.stop()
        eventually(lambda: set(run.said[-1].get("lost", [])) == {"prometheus:a", "prometheus:b"})
        assert run.finish() == 0
    assert len(run.gaps("prometheus:a")) == len(run.gaps("prometheus:b")) == 1


def test_every_query_that_is_refused_is_told_at_once_with_its_place(prometheus: str) -> None:
    queries = {
        "open": "rate(node_load1[1m]",
        "range": "node_load1[5m]",
        "many": '{__name__=~"node_.+"}',
        "good": "node_load1",
        "empty": "no_such_metric",
    }
    places = {name: f"slo.yaml:{line}:3" for line, name in enumerate(queries, 4)}
    with pytest.raises(BadInputError) as error:
        check_prometheus(PrometheusQueries(url=prometheus, queries=queries), places)
    assert [problem.place for problem in error.value.problems] == [f"slo.yaml:{line}:3" for line in (4, 5, 6)]
    assert "parse error" in str(error.value)
    good = check_prometheus(PrometheusQueries(url=prometheus, queries={"good": "node_load1"}), {})
    assert [source.name for source in good] == ["prometheus:good"]


def test_a_token_is_sent_and_what_refuses_it_is_bad_input_without_it() -> None:
    heard: list[bytes] = []

    def refuse(connection: socket) -> None:
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    with monitoring.server(refuse, heard) as url, pytest.raises(BadInputError) as error:
        check_prometheus(PrometheusQueries(url=url, queries={"a": "up"}, token="sekret"), {})
    assert b"Bearer sekret" in heard[0]
    assert "sekret" not in str(error.value)
    assert "HTTP 401" in str(error.value)


@pytest.mark.parametrize(
    "url", ["db:9100", "http://", "ftp://h/metrics", "http://u:p@x@h/", "http://h:99999/"]
)
def test_addresses_that_are_none_are_bad_input(url: str) -> None:
    with pytest.raises(BadInputError):
        check_host_page(HostPage(label="db", url=url))
    with pytest.raises(BadInputError):
        check_prometheus(PrometheusQueries(url=url, queries={"a": "up"}), {})


def test_what_is_no_node_exporter_and_no_prometheus_is_unreachable(page: str, prometheus: str) -> None:
    with pytest.raises(UnreachableError, match="node_cpu_seconds_total"):
        check_host_page(HostPage(label="db", url=f"{prometheus}/metrics"))
    with pytest.raises(UnreachableError):
        check_prometheus(PrometheusQueries(url=page, queries={"a": "up"}), {})
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:1/metrics") as error:
        check_host_page(HostPage(label="db", url="http://u:sekret@127.0.0.1:1/metrics"))
    assert "sekret" not in str(error.value)
