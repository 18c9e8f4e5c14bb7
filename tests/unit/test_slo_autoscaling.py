from __future__ import annotations

from pathlib import Path

import pytest

from preseason.errors import BadInputError
from preseason.slo.ahead.autoscaling import is_autoscaling, parse_autoscaling, read_autoscaling

SHIPPED = Path(__file__).parents[2] / "slo" / "autoscaling.yaml"
WHOLE = """\
load: {model: open, rate: 20/s, duration: 60s}
limit: 500 ms
platform: {service: 100 ms, servers: 4}
instances: {least: 2, most: 10, arrive_after: 90s}
scaling: [cpu > 70 % over 1m]
"""


def test_the_shipped_one_is_read() -> None:
    found = read_autoscaling(SHIPPED)
    assert (found.name, found.least, found.most, found.first) == ("sunday", 2, 10, 2)
    assert (found.limit_s, found.service_s, found.arrive_after_s, found.rest_s) == (0.5, 0.1, 90, 90)
    assert [rule.name for rule in found.down] == ["cpu < 35 % over 5m"]


def test_it_is_told_from_an_slo_file() -> None:
    assert is_autoscaling(WHOLE)
    assert not is_autoscaling("load: {model: open, rate: 1/s, duration: 9s}\nobjectives: [errors < 1 %]\n")
    assert not is_autoscaling("{")


def test_a_load_may_replay_rates_from_a_file() -> None:
    text = WHOLE.replace("rate: 20/s, duration: 60s", "stages: [{replay: rates.csv}]")
    found = parse_autoscaling(text, "x.yaml", read_file=lambda _: "second,rate\n0,10\n60,20\n")
    assert found.load.duration_s == 60


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("model: open, rate: 20/s", "model: closed, users: 20", "takes an open load"),
        ("limit: 500 ms\n", "", "'limit' is missing"),
        ("least: 2, most: 10", "least: 12, most: 10", "x.yaml:4:30: the most are fewer"),
        ("most: 10", "most: 10, first: 11", "cannot begin with so many"),
        ("service: 100 ms", "service: 0 ms", "no length"),
        ("servers: 4", "servers: 0", "at least 1"),
        ("servers: 4", "server: 4", "unknown key 'server'"),
        ("cpu > 70 %", "memory > 70 %", "is not simulated as asked"),
        ("cpu > 70 % over 1m", "errors > 5 % for /x over 1m", "is not simulated as asked"),
        ("cpu > 70 %", "cpu < 70 %", "added above a limit"),
        ("scaling:", "scaling_down: [mean > 2 s over 1m]\nscaling:", "taken away by a low cpu"),
        ("arrive_after: 90s", "arrive_after: soon", "x.yaml:4"),
        ("most: 10", "most: 90000000", "too many servers"),
        ("rate: 20/s, duration: 60s", "rate: 900000/s, duration: 10h", "too many to simulate"),
    ],
)
def test_what_cannot_be_simulated_is_refused_where_it_stands(old: str, new: str, told: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parse_autoscaling(WHOLE.replace(old, new), "x.yaml")
    assert told in str(refused.value)


def test_all_mistakes_are_told_at_once() -> None:
    text = WHOLE.replace("500 ms", "fast").replace("cpu > 70 %", "cpu >").replace("most: 10", "most: many")
    with pytest.raises(BadInputError) as refused:
        parse_autoscaling(text, "x.yaml")
    assert len(refused.value.problems) == 3
