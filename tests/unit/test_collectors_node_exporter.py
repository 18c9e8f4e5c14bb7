from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.exposition import read_page
from preseason.collectors.node_exporter import Times, _counters, _gauges, _version

SECONDS = st.floats(min_value=0, max_value=1e7)
MODES = ("user", "system", "idle", "iowait", "steal")
PAGE = """\
node_boot_time_seconds 1.79552716e+09
node_cpu_seconds_total{cpu="0",mode="idle"} 100.5
node_cpu_seconds_total{cpu="1",mode="idle"} 200.25
node_cpu_seconds_total{cpu="0",mode="user"} 10
node_disk_read_bytes_total{device="vda"} 2.5e+09
node_filesystem_avail_bytes{device="/dev/vda",fstype="ext4",mountpoint="/"} 25
node_filesystem_size_bytes{device="/dev/vda",fstype="ext4",mountpoint="/"} 100
node_filesystem_avail_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 1
node_filesystem_size_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 100
node_filesystem_avail_bytes{device="x",fstype="xfs",mountpoint="/empty"} 0
node_filesystem_size_bytes{device="x",fstype="xfs",mountpoint="/empty"} 0
node_load1 0.12
node_memory_MemAvailable_bytes 60
node_memory_MemTotal_bytes 80
node_network_receive_bytes_total{device="eth0"} 7
node_network_receive_bytes_total{device="lo"} 9
node_pressure_cpu_waiting_seconds_total 53.5
node_pressure_io_stalled_seconds_total 5.5
node_exporter_build_info{branch="debian/sid",version="1.5.0"} 1
node_vmstat_oom_kill 4
"""


def test_counters_carry_our_names_and_units() -> None:
    assert dict(_counters(read_page(PAGE))) == {
        ("cpu_s", "idle"): 300.75,
        ("cpu_s", "user"): 10,
        ("disk_read_bytes", "vda"): 2.5e9,
        ("network_received_bytes", "eth0"): 7,
        ("pressure_us", "cpu.some"): 53.5e6,
        ("pressure_us", "io.full"): 5.5e6,
        ("oom_kills", ""): 4,
    }


def test_gauges_are_shares_in_use() -> None:
    assert {(metric, part): value for metric, part, value in _gauges(read_page(PAGE))} == {
        ("memory", ""): 0.25,
        ("memory_available_bytes", ""): 60,
        ("load1", ""): 0.12,
        ("filesystem", "/"): 0.75,
    }
    assert _version(read_page(PAGE)) == "node_exporter 1.5.0"


def test_waiting_for_disks_is_idle_and_what_was_stolen_is_not() -> None:
    before = Times(dict.fromkeys(MODES, 100.0))
    after = Times({"user": 103.0, "system": 101.0, "idle": 104.0, "iowait": 101.0, "steal": 101.0})

    assert after.shares_since(before) == pytest.approx((0.5, 0.1))


@given(
    st.dictionaries(st.sampled_from(MODES), SECONDS, min_size=1),
    st.dictionaries(st.sampled_from(MODES), SECONDS, min_size=1),
)
def test_a_share_is_a_share_or_is_not_known(before: dict[str, float], after: dict[str, float]) -> None:
    shares = Times(after).shares_since(Times(before))

    if shares is not None:
        assert all(0 <= share <= 1 for share in shares)


def test_no_time_and_processors_taken_away_tell_nothing() -> None:
    times = Times({"user": 10.0, "idle": 20.0})

    assert times.shares_since(times) is None
    assert Times({"user": 5.0, "idle": 8.0}).shares_since(times) is None
    assert Times({"user": 90.0, "idle": 8.0}).shares_since(times) is None
    assert Times({"user": 1.0, "idle": 20.0, "steal": 10.0}).shares_since(times) is None
