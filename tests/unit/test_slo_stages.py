from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import BadInputError
from preseason.slo.reading import parse_slo

if TYPE_CHECKING:
    from preseason.run.manifest import Stage

CSV = "second,rate\n0,10\n30,50\n45,20\n"


def stages(written: str, *, model: str = "open", csv: str = CSV) -> tuple[Stage, ...]:
    text = f"load: {{model: {model}, stages: [{written}]}}\nobjectives: [p95 < 200 ms]\n"
    return parse_slo(text, "slo.yaml", read_file=lambda _: csv).load.stages


def lines(found: tuple[Stage, ...]) -> list[tuple[str, float, float, float, float]]:
    return [(one.kind, one.start_s, one.end_s, one.begin, one.end) for one in found]


def test_stages_follow_one_another_and_each_begins_where_the_last_ended() -> None:
    found = stages(
        "{ramp: 30s, to: 200/s}, {hold: 1m}, {ramp: 10s, to: 400/s, from: 100/s}, {hold: 5s, rate: 50/s}"
    )

    assert lines(found) == [
        ("ramp", 0.0, 30.0, 0.0, 200.0),
        ("hold", 30.0, 90.0, 200.0, 200.0),
        ("ramp", 90.0, 100.0, 100.0, 400.0),
        ("hold", 100.0, 105.0, 50.0, 50.0),
    ]


def test_steps_are_a_staircase() -> None:
    found = stages("{step: 30s, by: 50/s, times: 3}, {step: 10s, by: -60/s, times: 2}")

    assert lines(found) == [
        ("step", 0.0, 30.0, 50.0, 50.0),
        ("step", 30.0, 60.0, 100.0, 100.0),
        ("step", 60.0, 90.0, 150.0, 150.0),
        ("step", 90.0, 100.0, 90.0, 90.0),
        ("step", 100.0, 110.0, 30.0, 30.0),
    ]


def test_a_spike_goes_up_and_back() -> None:
    found = stages("{hold: 10s, rate: 100/s}, {spike: 60s, to: 800/s}")

    assert lines(found)[1:] == [("spike", 10.0, 40.0, 100.0, 800.0), ("spike", 40.0, 70.0, 800.0, 100.0)]


@pytest.mark.parametrize("byte_order_mark", ["", "\ufeff"])
def test_a_replay_follows_its_file(byte_order_mark: str) -> None:
    found = stages("{hold: 10s, rate: 100/s}, {replay: rates.csv}", csv=byte_order_mark + CSV)

    assert lines(found)[1:] == [("replay", 10.0, 40.0, 10.0, 50.0), ("replay", 40.0, 55.0, 50.0, 20.0)]


def test_a_closed_load_has_stages_of_users() -> None:
    found = stages("{ramp: 5s, to: 20}, {hold: 60s, users: 20}", model="closed")

    assert {one.unit for one in found} == {"users"}
    assert lines(found)[1] == ("hold", 5.0, 65.0, 20.0, 20.0)


@pytest.mark.parametrize(
    ("written", "cause"),
    [
        ("{hold: 60s}", "a hold of what rate?"),
        ("{hold: 60s, users: 20}", "an open load is given as a rate like 200/s"),
        ("{hold: 60s, users: 20/s}", "this load is given by rate, not users"),
        ("{hold: 60s, rate: 0/s}", "a load must be above 0"),
        ("{ramp: 60s, to: -5/s}", "a load cannot be negative"),
        ("{ramp: 60s, to: 20}", "an open load is given as a rate like 200/s"),
        ("{ramp: 60s, to: 0/s}", "this load never rises above 0"),
        ("{hold: 9s, rate: 9/s}, {step: 5s, by: -4/s, times: 3}", "these steps lead to -3"),
        ("{step: 5s, by: 4/s, times: 0}", "a count must be at least 1"),
        ("{hold: 9s, rate: 9/s}, {spike: 5s, to: 9/s}", "a spike goes up"),
    ],
)
def test_stages_that_make_no_load_are_refused(written: str, cause: str) -> None:
    with pytest.raises(BadInputError, match=cause):
        stages(written)


@pytest.mark.parametrize(
    ("csv", "cause"),
    [
        ("", ":1: expected the header second,rate"),
        ("time,rps\n0,1\n", ":1: expected the header second,rate"),
        ("second,rate\n0,1\n", "a load needs two points"),
        ("second,rate\n1,1\n2,2\n", ":2: not a point of a load"),
        ("second,rate\n0,1\n0,2\n", ":3: not a point of a load"),
        ("second,rate\n0,1\n5,-2\n", ":3: not a point of a load"),
        ("second,rate\n0,1\n5,nan\n", ":3: not a point of a load"),
        ("second,rate\n0,1\n5,2,3\n", ":3: not a point of a load"),
        ("second,rate\n0,0\n5,0\n", "never rises above 0"),
    ],
)
def test_a_replay_file_that_is_no_load_is_refused_with_its_line(csv: str, cause: str) -> None:
    with pytest.raises(BadInputError, match=cause):
        stages("{replay: rates.csv}", csv=csv)


def test_every_stage_and_every_line_that_is_wrong_is_told_and_nothing_that_only_follows_from_them() -> None:
    written = (
        "{ramp: 5s, to: 12}, {hold: 9s}, {spike: 5s, to: 9}, {step: 5s, by: 2, times: 3}, {replay: r.csv}"
    )
    with pytest.raises(BadInputError) as refused:
        stages(written, csv="second,rate\n0,1\n5,3\n3,1\n6,x\n7,-1\n9,4\n")
    causes = [problem.cause for problem in refused.value.problems]
    assert causes == [
        *["an open load is given as a rate like 200/s"] * 3,
        *[f"r.csv:{line}: not a point of a load" for line in (4, 5, 6)],
    ]


def test_a_replay_file_that_cannot_be_read_is_refused_where_it_is_named() -> None:
    text = "load: {model: open, stages: [{replay: rates.csv}]}\nobjectives: [p95 < 200 ms]\n"

    with pytest.raises(BadInputError, match=r"slo.yaml:1:39: rates.csv cannot be read"):
        parse_slo(text, "slo.yaml")


_STAGES = st.one_of(
    st.builds("{{hold: {}s, rate: {}/s}}".format, st.integers(1, 99), st.integers(1, 99)),
    st.builds("{{ramp: {}s, to: {}/s}}".format, st.integers(1, 99), st.integers(1, 99)),
    st.builds(
        "{{step: {}s, by: {}/s, times: {}}}".format, st.integers(1, 9), st.integers(1, 9), st.integers(1, 5)
    ),
    st.builds("{{spike: {}s, to: {}/s}}".format, st.integers(1, 99), st.integers(1000, 2000)),
    st.just("{replay: rates.csv}"),
)


@given(st.lists(_STAGES, min_size=1, max_size=8))
def test_segments_join_without_a_hole_whatever_the_stages(written: list[str]) -> None:
    found = stages(", ".join(written))

    assert found[0].start_s == 0.0
    assert all(one.end_s == other.start_s for one, other in pairwise(found))
    assert all(one.end_s > one.start_s for one in found)
