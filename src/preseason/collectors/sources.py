"""The collectors that the settings ask for.

Each brings a client that takes a while to import, so only those that are asked for are imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.collectors.host import HostCollector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.collector import Collector
    from preseason.collectors.settings import CollectorSettings


def collectors_for(settings: CollectorSettings) -> Iterator[Collector]:
    """One for each server, page and query that is named, and always one for this machine."""
    yield HostCollector(settings)
    if settings.host_pages:
        from preseason.collectors.node_exporter import HostPageCollector

        yield from (HostPageCollector(page, settings) for page in settings.host_pages)
    if settings.prometheus is not None:
        from preseason.collectors.prometheus import PrometheusCollector

        for metric in settings.prometheus.queries:
            yield PrometheusCollector(metric, settings.prometheus, settings)
    if settings.postgres_dsn is not None:
        from preseason.collectors.postgres.collector import PostgresCollector

        yield PostgresCollector(settings.postgres_dsn, settings)
    if settings.pgbouncer_dsn is not None:
        from preseason.collectors.pgbouncer.collector import PgbouncerCollector

        yield PgbouncerCollector(settings.pgbouncer_dsn, settings)
    if settings.redis_url is not None:
        from preseason.collectors.redis import RedisCollector

        yield RedisCollector(settings.redis_url, settings)
    if settings.target_url is not None:
        from preseason.collectors.health import HealthCollector

        yield HealthCollector(settings.target_url, settings)
