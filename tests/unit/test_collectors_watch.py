"""The life of a watch, with a source whose answers are written down beforehand."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors import watch
from preseason.collectors.collector import LabelledGauge, LostError, Note, Reading, Sample
from preseason.collectors.pace import Every, next_tick
from preseason.collectors.progress import Progress
from preseason.collectors.watch import Parcel, Watch
from preseason.run.manifest import Source
from preseason.run.timeline import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence


class Scripted:
    """Gives or raises what its script holds, one entry a look, then ends the watch."""

    name = "scripted"
    interval_s = 0.001

    def __init__(self, *script: Reading | Exception) -> None:
        self.stopping = threading.Event()
        self.opened = 0
        self.is_open = False
        self._script = list(script)

    def open(self) -> Source:
        assert not self.is_open
        self.opened += 1
        self.is_open = True
        return Source(name=self.name, version="1")

    def read(self, now_s: float, *, last: bool) -> Reading:
        if last:
            return Reading((Sample(now_s, self.name, "last", "", 1.0),))
        entry = self._script.pop(0)
        if not self._script:
            self.stopping.set()
        if isinstance(entry, Exception):
            raise entry
        return entry

    def close(self) -> None:
        self.is_open = False


GOOD = Reading((Sample(0.0, "scripted", "x", "", 1.0),))


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RETRY_S", (0.001,))


def watched(*script: Reading | Exception) -> tuple[Scripted, Watch, list[Parcel]]:
    """The source, its watch and all it delivered, once the script has come to its end."""
    parcels: list[Parcel] = []
    source = Scripted(*script)
    thread = Watch(source, parcels.append, source.stopping, time.monotonic())
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return source, thread, parcels


def events(parcels: Sequence[Parcel]) -> list[Event]:
    return [event for parcel in parcels for event in parcel.events]


def test_a_source_that_answers_leaves_samples_its_cost_and_a_last_look() -> None:
    source, thread, parcels = watched(GOOD, GOOD)
    metrics = [sample.metric for parcel in parcels for sample in parcel.samples]
    assert metrics == ["x", "collector_ms", "x", "collector_ms", "last", "collector_ms"]
    assert events(parcels) == []
    assert (thread.source.version, source.opened, source.is_open) == ("1", 1, False)


def test_a_loss_is_one_gap_from_the_last_look_to_the_next_with_its_first_reason() -> None:
    source, _, parcels = watched(GOOD, LostError("gone"), LostError("still gone"), GOOD)
    (gap,) = events(parcels)
    assert (gap.kind, gap.source, gap.text) == (EventKind.GAP, "scripted", "gone")
    assert gap.until_s is not None
    assert gap.at_s <= gap.until_s
    assert source.opened == 3


def test_counters_that_cannot_be_continued_are_a_gap_although_nothing_was_lost() -> None:
    *_, parcels = watched(GOOD, Reading(GOOD.samples, broken="the server restarted"))
    (gap,) = events(parcels)
    assert gap.text == "the server restarted"


def test_a_restart_that_was_also_a_loss_is_one_gap_with_both_reasons() -> None:
    *_, parcels = watched(GOOD, LostError("gone"), Reading(GOOD.samples, broken="it restarted"))
    assert [event.text for event in events(parcels)] == ["gone; it restarted"]


def test_a_source_that_stays_lost_is_a_gap_until_the_end_and_not_asked_again() -> None:
    _, thread, parcels = watched(LostError("never there"), LostError("never there"))
    (gap,) = events(parcels)
    assert gap.text == "never there"
    assert thread.source.absent == "never there"
    assert thread.is_lost


def test_a_defect_of_a_collector_is_a_gap_too() -> None:
    *_, parcels = watched(GOOD, KeyError("x"), GOOD)
    assert "defect" in events(parcels)[0].text


def test_a_note_is_told_once_with_its_cure() -> None:
    noted = Reading((), notes=(Note("hidden", "GRANT"),))
    *_, parcels = watched(noted, noted)
    (note,) = events(parcels)
    assert (note.kind, note.text, note.facts) == (EventKind.NOTE, "hidden", {"cure": "GRANT"})


@given(start_s=st.floats(0, 1e6), interval_s=st.floats(0.01, 100), elapsed_s=st.floats(0, 1e4))
def test_the_next_tick_is_never_missed_and_never_more_than_one_interval_away(
    start_s: float, interval_s: float, elapsed_s: float
) -> None:
    now_s = start_s + elapsed_s
    tick_s = next_tick(start_s, interval_s, now_s)
    assert now_s - 1e-6 <= tick_s <= now_s + interval_s + 1e-6


def test_every_is_due_at_once_and_then_at_its_interval() -> None:
    every = Every(10)
    assert [second for second in range(25) if every.is_due(second)] == [0, 10, 20]


def test_a_tick_that_comes_a_little_early_is_not_put_off_by_a_whole_one() -> None:
    every = Every(10)
    every.is_due(0.003)
    assert every.is_due(10.001)


def test_a_label_that_is_no_longer_named_stands_at_zero() -> None:
    gauge = LabelledGauge("postgres", "waits", ("Lock",))
    values = [
        {sample.label: sample.value for sample in gauge.samples(0, named)}
        for named in ([("IO", 2.0), ("IO", 1.0)], [("Lock", 1.0)])
    ]
    assert values == [{"Lock": 0, "IO": 3}, {"Lock": 1, "IO": 0}]


def looked_up(epoch: str, hits: float, misses: float) -> list[Sample]:
    return [
        Sample(0, "redis", "keyspace_hits", "", hits, epoch),
        Sample(0, "redis", "keyspace_misses", "", misses, epoch),
    ]


def test_the_live_hit_rate_is_that_of_the_last_readings_of_one_epoch() -> None:
    progress = Progress()
    assert progress.hit_rate is None
    for samples in (looked_up("a", 100, 0), looked_up("b", 0, 10), looked_up("b", 9, 11)):
        progress.see(samples)
    assert progress.hit_rate == pytest.approx(0.9)
    for second in range(20):
        progress.see(looked_up("b", 9 + second, 11))
    assert progress.hit_rate == 1.0


def test_the_live_view_shows_nothing_of_a_server_that_is_lost() -> None:
    progress = Progress(connections=25.0, connections_limit=97.0)
    progress.see(looked_up("a", 1, 0))
    progress.see(looked_up("a", 2, 0))

    assert progress.figures() == {"hit_rate": 1.0, "connections": 25.0, "connections_limit": 97.0}
    assert progress.figures(["redis"]) == {"connections": 25.0, "connections_limit": 97.0}
    assert progress.figures(["redis", "postgres"]) == {}
