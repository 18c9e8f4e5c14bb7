from __future__ import annotations

import re
import runpy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from docs_pages import PAGES, ROOT, Block, blocks
from psycopg.conninfo import make_conninfo

from preseason.collectors.postgres.collector import PostgresCollector
from preseason.collectors.preflight import check_postgres, check_redis
from preseason.collectors.redis import RedisCollector
from preseason.collectors.settings import CollectorSettings
from preseason.embedded import servers
from preseason.errors import BadInputError
from preseason.lifeline import Lifeline
from preseason.slo.ahead.plan_reading import parse_plan
from preseason.slo.grammar import parse_objective
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, synthetic_run, write_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN_TARGET = ROOT / "docs" / "howto" / "own-target.md"
LOAD = "load: {model: open, rate: 20/s, duration: 60s}\n"
OBJECTIVES = "objectives: [errors < 1 %]\n"


def whole(text: str) -> str:
    """A piece of an SLO file with what it leaves out."""
    return text + ("" if "load:" in text else LOAD) + ("" if "objectives:" in text else OBJECTIVES)


def slo_pieces(*, broken: bool) -> list[Block]:
    found = [block for page in PAGES for block in blocks(page, "yaml")]
    return [
        block
        for block in found
        if re.search(r"^(load|objectives):", block.text, re.MULTILINE)
        and block.text.startswith("# broken") == broken
    ]


def sentences() -> set[str]:
    """What stands as an objective in the running text: code with a comparison and a limit."""
    shape = re.compile(r"`([a-z][\w.]*(?:\([\w. ]+\))?\s?(?:<=|>=|==|<|>)\s?\d[^`]*)`")
    return {found for page in PAGES for found in shape.findall(page.read_text())} - {"mean_time > 1000"}


@pytest.mark.parametrize("sentence", sorted(sentences()))
def test_an_objective_in_the_documentation_is_understood(sentence: str) -> None:
    assert parse_objective(sentence).name


@pytest.mark.parametrize("block", slo_pieces(broken=False), ids=str)
def test_an_slo_file_in_the_documentation_is_accepted(block: Block) -> None:
    assert parse_slo(whole(block.text), str(block)).objectives


def test_every_plan_in_the_documentation_is_accepted() -> None:
    plans = [block for page in PAGES for block in blocks(page, "yaml") if block.text.startswith("capacity:")]
    assert plans
    for block in plans:
        assert parse_plan(block.text, str(block)).section.instances


def test_the_mistakes_that_the_documentation_shows_are_the_ones_that_are_found() -> None:
    (broken,) = slo_pieces(broken=True)
    shown = next(block for block in blocks(broken.page, "text") if block.line > broken.line)
    with pytest.raises(BadInputError) as refused:
        parse_slo(broken.text, "broken.yaml")
    assert str(refused.value) == shown.text.strip()


@pytest.mark.parametrize(
    "block", list(blocks(ROOT / "docs" / "reference" / "run-folder.md", "python")), ids=str
)
def test_a_run_can_be_read_as_documented(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = synthetic_run(30, [Traffic.steady(30, 20, 12.0)])
    write_run(tmp_path / "reports" / run.manifest.run_id, run)
    script = tmp_path / "example.py"
    script.write_text(block.text)
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script))
    assert "600" in capsys.readouterr().out


@pytest.fixture(scope="module")
def running() -> Iterator[servers.Running]:
    with Lifeline() as lifeline, servers.start(lifeline) as both:
        yield both


@pytest.fixture
def settings(tmp_path: Path) -> CollectorSettings:
    return CollectorSettings(run_folder=tmp_path)


def test_the_documented_role_sees_all_that_is_sampled_and_no_table(
    running: servers.Running, settings: CollectorSettings
) -> None:
    with psycopg.connect(running.postgres_dsn, autocommit=True) as owner:
        owner.execute("CREATE TABLE private (secret text)")
        for block in blocks(OWN_TARGET, "sql"):
            owner.execute(block.text)
    dsn = make_conninfo(running.postgres_dsn, user="preseason", password="choose one")

    assert check_postgres(dsn).version
    collector = PostgresCollector(dsn, settings)
    collector.open()
    reading = collector.read(0.0, last=False)
    collector.close()

    assert {"connections", "xact_commit", "size_bytes", "statements"} <= {it.metric for it in reading.samples}
    assert not reading.notes
    with psycopg.connect(dsn) as ours, pytest.raises(psycopg.errors.InsufficientPrivilege):
        ours.execute("SELECT * FROM private")


def test_the_documented_redis_account_sees_all_that_is_sampled_and_no_key(
    running: servers.Running, settings: CollectorSettings
) -> None:
    (block,) = blocks(OWN_TARGET, "redis")
    with redis.Redis.from_url(running.redis_url) as owner:
        owner.execute_command(*block.text.split())
    host = urlsplit(running.redis_url).netloc.rpartition("@")[2]
    url = f"redis://preseason:choose-one@{host}/0"

    assert check_redis(url).version
    collector = RedisCollector(url, settings)
    collector.open()
    reading = collector.read(0.0, last=False)
    collector.close()

    assert {"keyspace_hits", "memory_bytes", "ping_ms"} <= {it.metric for it in reading.samples}
    assert not reading.notes
    with redis.Redis.from_url(url) as ours, pytest.raises(redis.exceptions.NoPermissionError):
        ours.get("private")
