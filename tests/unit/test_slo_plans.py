from __future__ import annotations

import inspect
import json
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from preseason.errors import BadInputError
from preseason.slo.ahead import plan_schema
from preseason.slo.ahead.plan_reading import Plan, parse_peaks, parse_plan, read_plan
from preseason.slo.ahead.plan_schema import BY_LOCATION
from preseason.slo.json_schema import plan_schema_text
from preseason.slo.reading import parse_slo

if TYPE_CHECKING:
    from pathlib import Path

LEAST = """capacity:
  from: 2027-07-05
  users: 1000
  requests_per_user: 36/h
  growth_per_week: 10 %
  instances: {utilisation: 50 %}
"""
PRICED = "  prices: {currency: USD, items: [{name: a, price: 1, per: hour, source: s, date: 2027-01-01}]}\n"


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(BadInputError) as refused:
        parse_plan(text, "plan.yaml")
    return [(one.place.removeprefix("plan.yaml:"), one.cause) for one in refused.value.problems]


def documented() -> Plan:
    """The plan that the reference shows."""
    said = inspect.getdoc(plan_schema) or ""
    return parse_plan(inspect.cleandoc(said.split("::\n\n")[1].split("\n\nA week")[0]), "plan.yaml")


def test_the_documented_plan_is_read() -> None:
    section = documented().section
    assert (section.users, section.leagues, section.weeks) == (20000, 1700, 26)
    assert section.requests_per_user == pytest.approx(20 / 3600)
    assert [launch.factor for launch in section.launches] == [4, 2.5]
    assert [shape.capacity for shape in section.instances.shapes] == [1, 1.9]
    assert section.prices is not None
    assert [item.per for item in section.prices.items] == ["instance-hour", "month", "GB"]
    assert section.redis.memory == 512 * 2**20


def test_the_schema_for_editors_knows_a_plan_and_its_mistakes() -> None:
    schema, quoted = json.loads(plan_schema_text()), LEAST.replace("2027-07-05", "'2027-07-05'")
    jsonschema.validate(YAML(typ="safe").load(quoted), schema)
    for wrong in ("user: 3", "weeks: [3]", "launches: [{name: draft}]", "prices: {items: []}"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(YAML(typ="safe").load(f"{quoted}  {wrong}\n"), schema)


def test_what_is_left_out_has_harmless_values_and_no_price() -> None:
    section = parse_plan(LEAST, "plan.yaml").section
    assert (section.burst, section.instances.running, section.instances.spare) == (1, 1, 0)
    assert section.prices is None


def test_a_plan_may_stand_beside_objectives() -> None:
    slo = f"load: {{model: open, rate: 5/s, duration: 60s}}\nobjectives: [p95 < 1 s]\n{LEAST}"
    assert parse_plan(slo, "slo.yaml").section.users == 1000
    assert parse_slo(slo, "slo.yaml").objectives[0].name == "p95 < 1 s"
    with pytest.raises(BadInputError, match="unknown key 'user'"):
        parse_slo(slo.replace("users:", "user:"), "slo.yaml")


def test_every_mistake_is_told_at_its_place() -> None:
    text = LEAST.replace("10 %", "300 %").replace("36/h", "36").replace("50 %", "150 %")
    assert problems(text.replace("  users", "  leages: 3\n  users")) == [
        ("3:3", "unknown key 'leages'"),
        ("5:22", "36 has no unit"),
        ("6:20", "'300 %' a week is no growth that lasts"),
        ("7:28", "'150 %' is not a part"),
    ]


def test_prices_need_a_source_and_a_date() -> None:
    prices = "  prices: {currency: USD, items: [{name: web, price: 1, per: hour}]}\n"
    assert [cause for _, cause in problems(f"{LEAST}  mean_load: 30 %\n{prices}")] == [
        "'source' is missing",
        "'date' is missing",
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("  weekly_peaks: peaks.csv\n", "weekly_peaks says this already"),
        ("  growth_per_week_high: 1 %\n", "this is less than growth_per_week"),
        (
            "  launches: [{name: a, from: 2027-01-04, until: 2027-01-01, factor: 2}]\n",
            "this launch ends before it begins",
        ),
        ("  weeks: 5000\n", "nobody can plan 5000 weeks"),
        ("  burst: 0.1\n", "no hour's busiest minute is below its mean"),
        (
            (
                "  mean_load: 30 %\n  prices: {currency: USD, items: ["
                "{name: a, price: 1, per: hour, source: s, date: 2027-01-01}, "
                "{name: a, price: 2, per: month, source: s, date: 2027-01-01}]}"
            ),
            "the price 'a' stands twice",
        ),
        (
            PRICED,
            "what a month costs depends on its mean load",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(more: str, told: str) -> None:
    assert told in [cause for _, cause in problems(LEAST + more)]


def test_what_contradicts_itself_is_told_beside_what_is_malformed() -> None:
    launch = "  launches: [{name: a, from: 2027-01-04, until: 2027-01-01, factor: 2}]\n"
    told = [cause for _, cause in problems(LEAST.replace("50 %", "150 %") + launch + "  burst: 0.1\n")]
    assert told == [
        "'150 %' is not a part",
        "this launch ends before it begins",
        "no hour's busiest minute is below its mean",
    ]


@pytest.mark.parametrize(
    "text",
    [
        LEAST.replace("users: 1000", "users: many"),
        LEAST.replace("users:", "user:"),
        LEAST.replace("10 %", "300 %") + "  growth_per_week_high: 1 %\n",
        f"{LEAST}  mean_load: most\n{PRICED}",
        f"{LEAST}  mean_laod: 30 %\n{PRICED}",
    ],
)
def test_nothing_is_concluded_from_a_key_that_is_malformed_or_misspelled(text: str) -> None:
    assert len(problems(text)) == 1


def test_a_malformed_plan_tells_what_is_wrong_with_its_peaks_too(tmp_path: Path) -> None:
    (tmp_path / "peaks.csv").write_text("week,peak\nsoon,1\n")
    plan = tmp_path / "plan.yaml"
    plan.write_text("capacity: {from: 2027-07-05, weekly_peaks: peaks.csv, instances: {utilisation: 2}}\n")
    with pytest.raises(BadInputError) as refused:
        read_plan(plan)
    told = " | ".join(one.cause for one in refused.value.problems)
    assert "'soon' is not a day" in told
    assert "is not a part" in told


def test_unknown_demand_and_other_files_are_refused() -> None:
    assert problems("capacity:\n  from: 2027-07-05\n  users: 3\n  instances: {utilisation: 0.5}\n") == [
        ("2:3", "what will be asked for is not known: requests_per_user and growth_per_week missing")
    ]
    assert problems("objectives: [p95 < 1 s]\n") == [("1:1", "'capacity' is missing")]


def test_weekly_peaks_are_read_in_any_order(tmp_path: Path) -> None:
    days = [
        date(2027, 1, 4 + 7 * week) if week < 4 else date(2027, 2, 1 + 7 * (week - 4)) for week in range(8)
    ]
    rows = "".join(f"{day},{10 + week}\n" for week, day in reversed(list(enumerate(days))))
    (tmp_path / "peaks.csv").write_text(f"week,peak\n{rows}")
    (tmp_path / "plan.yaml").write_text(
        "capacity: {from: 2027-03-01, weekly_peaks: peaks.csv, instances: {utilisation: 0.7}}\n"
    )
    plan = read_plan(tmp_path / "plan.yaml")
    assert plan.first_peak == date(2027, 1, 4)
    assert [(peak.week, peak.per_s) for peak in plan.peaks] == [(week, 10 + week) for week in range(8)]


@given(st.text(max_size=60))
def test_any_peaks_are_read_or_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadInputError):
        parse_peaks(f"week,peak\n{text}", "p.csv")


@given(st.sampled_from([*sorted(BY_LOCATION), "users", "weeks", "from", "burst"]), st.text(max_size=20))
def test_any_value_is_read_or_refused_with_a_reason(key: str, value: str) -> None:
    plan = YAML(typ="safe").load(LEAST.replace("2027-07-05", "'2027-07-05'"))
    plan["capacity"][key] = value
    with suppress(BadInputError):
        parse_plan(json.dumps(plan), "plan.yaml")


def test_bad_peaks_are_all_told() -> None:
    with pytest.raises(BadInputError) as refused:
        parse_peaks(
            "week,peak\n2027-01-04,ten\nsoon,3\n2027-01-11,-1\n2027-01-12,4\n2027-01-18,4,5\n", "p.csv"
        )
    assert [str(one.cause) for one in refused.value.problems] == [
        "the peak 'ten' is not a number",
        "'soon' is not a day",
        "the peak -1 is not above 0",
        "3 cells where there should be two",
        "holds 1 weeks; a trend takes 8",
    ]
