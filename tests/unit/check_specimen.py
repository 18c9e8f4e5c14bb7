"""A health answer as the operations manual has it, and the moment it was made."""

from __future__ import annotations

#: The operations manual's own example.
MANUAL = {
    "status": "healthy",
    "timestamp": "2024-12-01T12:00:00Z",
    "version": "2.1.0",
    "uptime": 86400,
    "checks": {
        "database": {"status": "healthy", "responseTime": 45, "lastCheck": "2024-12-01T12:00:00Z"},
        "redis": {"status": "healthy", "responseTime": 12, "memory": "85%"},
        "external_apis": {"sleeper": "healthy", "anthropic": "healthy"},
    },
}
NOON_S = 1733054400.0
