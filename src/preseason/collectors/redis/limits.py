"""What a Redis does not tell us, and what would cure it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from preseason.collectors.collector import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME_IT = "name the server that serves the load, or judge by the platform's own cache header"
NO_SLOTS = Note(
    "this is one node of a cluster, and our user may not ask for the others: what they count is not sampled",
    "ACL SETUSER … +cluster|slots for our user",
)
REPLICA = Note(
    "this is a replica: it counts only the look-ups that it answers itself",
    "name the server that the platform reads from",
)
NO_SLOW_LOG = Note(
    "the slow log cannot be read: slow commands are not counted",
    "ACL SETUSER … +slowlog|len +slowlog|get for our user",
)
NO_KEY_SPACE = Note(
    "the keys cannot be sampled: which kinds of them fill the memory is not known",
    "ACL SETUSER … +scan +dbsize +memory|usage ~* for our user",
)


def unreached(reason: str) -> Note:
    """The other nodes of a cluster, which are announced at addresses that lead nowhere from here."""
    return Note(f"this is one node of a cluster, and the others do not answer here ({reason})", _NAME_IT)


def sentinel(info: Mapping[str, Any]) -> str:
    """What to tell whoever named a Sentinel: the servers that it watches, one of which was meant."""
    watched = ", ".join(f"{name} at {address}" for name, address in _watched(info)) or "nothing"
    return f"this is a Sentinel, which holds no keys; it watches {watched}: name that server"


def _watched(info: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The masters that a Sentinel's INFO lists: ``master0:name=mymaster,status=ok,address=10.0.0.1:6379``."""
    for field, value in info.items():
        if field.startswith("master") and isinstance(value, dict) and "address" in value:
            yield str(value.get("name")), str(value["address"])
