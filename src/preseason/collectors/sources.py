"""The collectors that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.collectors.health import HealthCollector
from preseason.collectors.host import HostCollector
from preseason.collectors.node_exporter import HostPageCollector
from preseason.collectors.pgbouncer.collector import PgbouncerCollector
from preseason.collectors.postgres.collector import PostgresCollector
from preseason.collectors.prometheus import PrometheusCollector
from preseason.collectors.redis import RedisCollector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.collector import Collector
    from preseason.collectors.settings import CollectorSettings


def collectors_for(settings: CollectorSettings) -> Iterator[Collector]:
    """One for each server, page and query that is named, and always one for this machine."""
    yield HostCollector(settings)
    for page in settings.host_pages:
        yield HostPageCollector(page, settings)
    if settings.prometheus is not None:
        for metric in settings.prometheus.queries:
            yield PrometheusCollector(metric, settings.prometheus, settings)
    if settings.postgres_dsn is not None:
        yield PostgresCollector(settings.postgres_dsn, settings)
    if settings.pgbouncer_dsn is not None:
        yield PgbouncerCollector(settings.pgbouncer_dsn, settings)
    if settings.redis_url is not None:
        yield RedisCollector(settings.redis_url, settings)
    if settings.target_url is not None:
        yield HealthCollector(settings.target_url, settings)
