"""The collectors that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.collectors.health import HealthCollector
from preseason.collectors.host import HostCollector
from preseason.collectors.postgres.collector import PostgresCollector
from preseason.collectors.redis import RedisCollector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.collector import Collector
    from preseason.collectors.settings import CollectorSettings


def collectors_for(settings: CollectorSettings) -> Iterator[Collector]:
    """One for each server that is named, and always one for this machine."""
    yield HostCollector(settings)
    if settings.postgres_dsn is not None:
        yield PostgresCollector(settings.postgres_dsn, settings)
    if settings.redis_url is not None:
        yield RedisCollector(settings.redis_url, settings)
    if settings.target_url is not None:
        yield HealthCollector(settings.target_url, settings)
