from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.timeline import FILE, Event, EventKind, append_event, read_timeline

if TYPE_CHECKING:
    from pathlib import Path


def event(at_s: float, text: str = "the load began") -> Event:
    return Event(at_s=at_s, kind=EventKind.LOAD_STARTED, text=text, facts={"users": 5})


def test_events_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    for at_s in (3.0, 1.0, 2.0):
        append_event(tmp_path, event(at_s))

    assert [one.at_s for one in read_timeline(tmp_path)] == [1.0, 2.0, 3.0]
    assert read_timeline(tmp_path)[0] == event(1.0)


def test_a_folder_without_a_timeline_has_no_events(tmp_path: Path) -> None:
    assert read_timeline(tmp_path) == ()


def test_a_line_cut_off_at_any_byte_is_passed_over(tmp_path: Path) -> None:
    append_event(tmp_path, event(1.0))
    kept = (tmp_path / FILE).stat().st_size
    append_event(tmp_path, event(2.0, "Überlast"))
    whole = (tmp_path / FILE).read_bytes()

    for size in range(kept, len(whole) - 1):
        (tmp_path / FILE).write_bytes(whole[:size])
        assert read_timeline(tmp_path) == (event(1.0),)


def test_a_line_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    append_event(tmp_path, event(1.0))
    with (tmp_path / FILE).open("a") as file:
        file.write('{"at_s": 2.0, "kind": "teleported", "text": "…"}\n\n')

    assert read_timeline(tmp_path) == (event(1.0),)
