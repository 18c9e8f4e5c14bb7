from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.cgroup import parsing
from preseason.collectors.pressure import stalled_us

WHOLE = st.integers(min_value=0, max_value=2**63 - 1)
NAME = st.from_regex(r"[a-z_.]+", fullmatch=True)


@given(st.dictionaries(NAME, WHOLE))
def test_keyed_files_are_read_as_they_are_written(figures: dict[str, int]) -> None:
    assert parsing.keyed("".join(f"{name} {value}\n" for name, value in figures.items())) == figures


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=10**9))
def test_a_quota_is_so_many_processors(quota_us: int, period_us: int) -> None:
    assert parsing.quota_cores(f"{quota_us} {period_us}\n") == quota_us / period_us


@pytest.mark.parametrize("text", ["max 100000\n", "-1 100000", "", "100000", "100000 0", "a b", "1 2 3"])
def test_what_is_no_quota_is_none(text: str) -> None:
    assert parsing.quota_cores(text) is None


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("max\n", None),
        ("9223372036854771712\n", None),
        ("9223372036854710272\n", None),  # with pages of 64 KiB
        ("67108864\n", 67108864),
        ("0\n", 0),
        ("", None),
        ("-1", None),
    ],
)
def test_the_largest_number_of_version_1_is_no_limit(text: str, limit: int | None) -> None:
    assert parsing.limit_bytes(text) == limit


def test_bytes_are_added_up_over_devices() -> None:
    assert parsing.io_bytes("8:0 rbytes=1 wbytes=2 rios=9\n8:16 rbytes=10 wbytes=20\n") == (11, 22)
    assert parsing.io_bytes("8:0\n") == (0, 0)
    assert parsing.blkio_bytes("8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n") == (1, 2)


def test_a_path_with_a_blank_is_read_back() -> None:
    (mount,) = parsing.mounts(r"30 26 0:26 /a\040b /sys/fs/c\134g rw - cgroup2 none rw" + "\n")
    assert (mount.version, mount.root, mount.point) == (2, "/a b", "/sys/fs/c\\g")


def test_controllers_of_version_1_may_share_a_mount() -> None:
    (mount,) = parsing.mounts(
        "1 2 0:3 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n"
    )
    assert {"cpu", "cpuacct"} <= mount.controllers
    (membership,) = parsing.memberships("4:cpu,cpuacct:/docker/a:b\n")
    assert (membership.controllers, membership.path) == ({"cpu", "cpuacct"}, "/docker/a:b")


@given(st.text())
def test_any_text_is_read_without_complaint(text: str) -> None:
    for parse in (
        parsing.keyed,
        parsing.quota_cores,
        parsing.limit_bytes,
        parsing.io_bytes,
        parsing.blkio_bytes,
        stalled_us,
        lambda it: list(parsing.mounts(it)),
        lambda it: list(parsing.memberships(it)),
    ):
        parse(text)


@given(WHOLE, WHOLE)
def test_pressure_is_the_time_stalled_in_all(some_us: int, full_us: int) -> None:
    text = (
        f"some avg10=0.00 avg60=1.00 avg300=99.99 total={some_us}\n"
        f"full avg10=0.00 avg60=0.00 avg300=0.00 total={full_us}\n"
    )
    assert stalled_us(text) == {"some": float(some_us), "full": float(full_us)}
    assert stalled_us(text.replace("total", "sum")) == {}
