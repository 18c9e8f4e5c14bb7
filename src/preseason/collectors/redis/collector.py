"""The Redis source: INFO and a PING each look, what commands cost every few, the keys at the very end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import redis

from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.collector import Note, Reading, Sample
from preseason.collectors.counters import CounterLife
from preseason.collectors.labels import Labels
from preseason.collectors.pace import Every
from preseason.collectors.redis import key_space, limits
from preseason.collectors.redis.commands import CommandLog, costs
from preseason.collectors.redis.connection import NAME, asking, source
from preseason.collectors.redis.figures import figures, together
from preseason.collectors.redis.nodes import Nodes, info_of
from preseason.collectors.redis.slow_log import SlowLog, length_and_newest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from preseason.collectors.redis.figures import Figures
    from preseason.collectors.settings import CollectorSettings
    from preseason.run.key_space import KeyGroup
    from preseason.run.manifest import Source

    Info = Mapping[str, Any]

MOST_ERRORS = 50
#: What tells the lives of a server apart; a fail-over shows as another server, too.
ANOTHER_LIFE = "the server restarted, or another took its place"


class RedisCollector:
    """Samples one Redis or Valkey server, or the primaries of one cluster."""

    name = NAME

    def __init__(self, url: str, settings: CollectorSettings) -> None:
        self.interval_s = settings.interval_s
        self._url = url
        self._nodes = Nodes(url)
        self._life = CounterLife()
        self._commands, self._commands_due = CommandLog(), Every(settings.statements_interval_s)
        self._slow_logs: dict[str, SlowLog] | None = {}
        self._error_labels = Labels(MOST_ERRORS)
        self._error_kinds: frozenset[str] = frozenset()
        self._errors_seen = (0.0, "")
        self._policy = ""
        self._samples_keys = settings.samples_keys
        self._notes: list[Note] = []

    def open(self) -> Source:
        with asking(self._url):
            info = self._nodes.open()
        if info.get("role") == "slave":
            self._notes.append(limits.REPLICA)
        return source(self._url, info)

    def close(self) -> None:
        self._nodes.close()

    def read(self, now_s: float, *, last: bool) -> Reading:
        with asking(self._url):
            ping_ms = self._ping_ms()
            infos = self._nodes.infos(now_s)
            by_node = {address: figures(info) for address, info in infos.items()}
            whole = by_node[""] if "" in by_node else together(list(by_node.values()))
            slow = self._slow_entries()
            counters = whole.counters if slow is None else {**whole.counters, "slow_log_entries": slow}
            run_ids = sorted(str(info.get("run_id")) for info in infos.values())
            turn = self._life.turn(now_s, {ANOTHER_LIFE: run_ids}, counters)
            samples = (
                *_gauges(now_s, {"": whole, **by_node}),
                *([] if ping_ms is None else [Sample(now_s, NAME, "ping_ms", "", ping_ms)]),
                *(Sample(now_s, NAME, metric, "", value, turn.epoch) for metric, value in counters.items()),
                *self._error_replies(now_s, whole, turn.epoch),
                *self._costs(now_s, turn.epoch, last=last),
            )
        self._see_policy(infos)
        groups = self._key_groups(now_s) if last and self._samples_keys else ()
        notes = (*self._nodes.notes, *self._notes)
        self._nodes.notes.clear()
        self._notes.clear()
        return Reading(samples, notes, turn.broken, key_groups=groups)

    def _ping_ms(self) -> float | None:
        """The slowest answer to a PING; None while a server loads its data, when it answers INFO alone."""
        longest_ms = 0.0
        for client in self._nodes.clients.values():
            asked_s = time.perf_counter()
            try:
                client.ping()
            except redis.BusyLoadingError:
                return None
            longest_ms = max(longest_ms, (time.perf_counter() - asked_s) * 1000)
        return longest_ms

    def _slow_entries(self) -> float | None:
        """How many commands were slow since we first looked; None where we may not know."""
        if self._slow_logs is None:
            return None
        try:
            for address, client in self._nodes.clients.items():
                self._slow_logs.setdefault(address, SlowLog()).see(*length_and_newest(client))
        except redis.ResponseError:  # refused, or renamed by whoever runs it
            self._slow_logs = None
            self._notes.append(limits.NO_SLOW_LOG)
            return None
        return float(sum(log.entries for log in self._slow_logs.values()))

    def _error_replies(self, now_s: float, whole: Figures, epoch: str) -> Iterator[Sample]:
        """By kind; one that was not there at the look before grew from nothing."""
        before_s, before_epoch = self._errors_seen
        for kind, count in whole.errors.items():
            if not self._error_labels.admits(kind):
                continue
            if kind not in self._error_kinds and before_epoch == epoch:
                yield Sample(before_s, NAME, "error_replies", kind, 0.0, epoch)
            yield Sample(now_s, NAME, "error_replies", kind, count, epoch)
        self._errors_seen, self._error_kinds = (now_s, epoch), frozenset(whole.errors)

    def _costs(self, now_s: float, epoch: str, *, last: bool) -> Sequence[Sample]:
        if not (self._commands_due.is_due(now_s) or last):
            return ()
        counted = costs(info_of(client, "commandstats") for client in self._nodes.clients.values())
        return list(self._commands.grow(now_s, epoch, counted))

    def _see_policy(self, infos: Mapping[str, Info]) -> None:
        """What becomes of keys when memory is full is a word; that it changed belongs to the timeline."""
        policy = ", ".join(
            sorted({str(info["maxmemory_policy"]) for info in infos.values() if "maxmemory_policy" in info})
        )
        if self._policy and policy != self._policy:
            self._notes.append(Note(f"somebody changed maxmemory_policy from {self._policy} to {policy}"))
        self._policy = policy

    def _key_groups(self, now_s: float) -> tuple[KeyGroup, ...]:
        try:
            return key_space.groups(now_s, key_space.sample(self._nodes.clients.values()))
        except redis.ResponseError:  # the rest of this last look is good all the same
            self._notes.append(limits.NO_KEY_SPACE)
        except (redis.RedisError, OSError) as error:
            self._notes.append(Note(f"the keys were not sampled: {first_line(scrub(str(error), self._url))}"))
        return ()


def _gauges(now_s: float, by_node: Mapping[str, Figures]) -> Iterator[Sample]:
    """Those of all nodes together without a label; those of each, where there are several."""
    for address, told in by_node.items():
        for metric, value in told.gauges.items():
            yield Sample(now_s, NAME, metric, address, value)
