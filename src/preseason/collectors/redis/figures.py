"""INFO as figures: the gauges and counters of one node, and of several that are one cluster."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Info = Mapping[str, Any]

#: Counters that keep the name that INFO gives them.
COUNTERS = (
    "keyspace_hits",
    "keyspace_misses",
    "evicted_keys",
    "expired_keys",
    "evicted_clients",
    "total_eviction_exceeded_time",
    "total_commands_processed",
    "total_connections_received",
    "total_error_replies",
    "total_net_input_bytes",
    "total_net_output_bytes",
    "rejected_connections",
)
#: Counters made of two: processor seconds, of the process and of the one thread that runs commands.
_SUMS = {
    "cpu_s": ("used_cpu_sys", "used_cpu_user"),
    "main_thread_cpu_s": ("used_cpu_sys_main_thread", "used_cpu_user_main_thread"),
}
#: Gauges of which a cluster has as much as its nodes together; ``maxmemory`` is 0 where there is no limit.
_ADDED = {
    "used_memory": "memory_bytes",
    "used_memory_rss": "memory_rss_bytes",
    "used_memory_dataset": "memory_dataset_bytes",
    "maxmemory": "memory_limit_bytes",
    "maxclients": "clients_limit",
    "blocked_clients": "clients_blocked",
    "connected_slaves": "replicas",
}
#: Gauges that are those of the worst node.
_WORST = {
    "loading": "loading",
    "rdb_bgsave_in_progress": "saving",
    "aof_rewrite_in_progress": "aof_rewriting",
    "latest_fork_usec": "last_fork_us",
}
#: Resident and used memory differ by this much before their ratio means something: a small server's is large
#: whatever it does.
_TELLING_BYTES = 100 * 2**20
_ERROR = "errorstat_"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one node says, or several together. ``errors`` counts refused commands by their kind (``OOM``)."""

    gauges: Mapping[str, float]
    counters: Mapping[str, float]
    errors: Mapping[str, float]


def figures(info: Info) -> Figures:
    """What the INFO of one node says; what a version does not tell is left out."""
    gauges = {metric: float(info[field]) for field, metric in (_ADDED | _WORST).items() if field in info}
    if "connected_clients" in info:
        gauges["clients"] = float(info["connected_clients"]) - 1  # without ourselves
    gauges |= _keys(info) | _fragmentation(gauges)
    if info.get("role") == "slave":
        gauges["primary_link"] = float(info.get("master_link_status") == "up")
    counters = {name: float(info[name]) for name in COUNTERS if name in info}
    counters |= {
        metric: sum(float(info[field]) for field in fields)
        for metric, fields in _SUMS.items()
        if all(field in info for field in fields)
    }
    errors = {
        field.removeprefix(_ERROR): float(value["count"])
        for field, value in info.items()
        if field.startswith(_ERROR)
    }
    return Figures(gauges, counters, errors)


def together(nodes: Sequence[Figures]) -> Figures:
    """The figures of a cluster; a ratio has no sum, and is left to the nodes."""

    def known(metric: str) -> list[float]:
        return [node.gauges[metric] for node in nodes if metric in node.gauges]

    added = {metric: sum(known(metric)) for metric in (*_ADDED.values(), "clients", "keys", "keys_expiring")}
    worst = {metric: max(known(metric)) for metric in _WORST.values() if known(metric)}
    if not all(known("memory_limit_bytes")):
        added["memory_limit_bytes"] = 0.0  # one node without a limit is a cluster without
    return Figures(
        added | worst, _sums(node.counters for node in nodes), _sums(node.errors for node in nodes)
    )


def _sums(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        for name, value in part.items():
            sums[name] += value
    return dict(sums)


def _keys(info: Info) -> dict[str, float]:
    """The keys of all databases (``db0:keys=12,expires=3,avg_ttl=0``), and how many of them expire."""
    databases = [value for field, value in info.items() if field.startswith("db") and _is_database(value)]
    return {
        "keys": float(sum(database["keys"] for database in databases)),
        "keys_expiring": float(sum(database.get("expires", 0) for database in databases)),
    }


def _is_database(value: object) -> bool:
    return isinstance(value, dict) and "keys" in value


def _fragmentation(gauges: Mapping[str, float]) -> dict[str, float]:
    used, resident = gauges.get("memory_bytes", 0.0), gauges.get("memory_rss_bytes", 0.0)
    if not used or abs(resident - used) < _TELLING_BYTES:
        return {}
    return {"fragmentation": resident / used}
