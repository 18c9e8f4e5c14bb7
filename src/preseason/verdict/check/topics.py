"""What is checked, by the names that a command takes."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What a check is about; also what can be left out by name."""

    HEALTH = "health"
    FORMAT = "format"
    ENDPOINTS = "endpoints"
    SESSION = "session"
    POSTGRES = "postgres"
    CONNECTIONS = "connections"
    SESSIONS = "activity"
    SLOW_QUERIES = "slow-queries"
    INDEXES = "indexes"
    REDIS = "redis"
    MEMORY = "redis-memory"
    HIT_RATE = "hit-rate"
