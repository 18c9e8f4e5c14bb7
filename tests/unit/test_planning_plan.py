from __future__ import annotations

from datetime import date, timedelta

import pytest

from preseason.planning.plan.carried import Carried
from preseason.planning.plan.remarks import changes, remarks
from preseason.planning.plan.weeks import outlook
from preseason.planning.search.demand import demand
from preseason.report.capacity import plans
from preseason.slo.ahead.plan_reading import Plan, parse_plan

START = date(2027, 7, 5)
PRICES = """  mean_load: 40 %
  prices:
    currency: USD
    items:
      - {name: web, for: small, price: 0.10, per: instance-hour, source: contract, date: 2027-06-01}
      - {name: web, for: large, price: 0.15, per: instance-hour, source: contract, date: 2027-06-01}
      - {name: database, price: 73, per: month, source: list, date: 2027-06-01}
      - {name: calls, price: 2, per: million requests, source: list, date: 2025-01-01}
      - {name: traffic, price: 0.1, per: GB, source: list, date: 2027-06-01}
"""


def plan(more: str = "", *, growth: str = "10 %", running: int = 2, spare: int = 1) -> Plan:
    """1 000 users who ask 36 times an hour in bursts of half as much again: 15 requests a second."""
    return parse_plan(
        f"""capacity:
  from: {START}
  weeks: 12
  users: 1000
  leagues: 100
  requests_per_user: 36/h
  burst: 1.5
  growth_per_week: {growth}
  instances:
    running: {running}
    spare: {spare}
    utilisation: 50 %
    shapes: [{{name: small}}, {{name: large, capacity: 2}}]
{more}""",
        "plan.yaml",
    )


def week(number: int) -> date:
    return START + timedelta(weeks=number)


def test_headroom_and_the_week_it_runs_out_follow_from_growth() -> None:
    found = outlook(plan(), Carried(30))
    assert found.usable == 30  # of two, one may be down
    assert found.headroom == pytest.approx(0.5)
    assert [one.peak.median for one in found.weeks[:3]] == pytest.approx([15, 16.5, 18.15])
    assert found.runs_out.likely == week(8)  # 1.1^7 < 2 < 1.1^8
    assert found.grows_out == found.runs_out


def test_a_faster_growth_gives_an_earlier_bound() -> None:
    found = outlook(plan("  growth_per_week_high: 20 %\n"), Carried(30))
    assert (found.runs_out.likely, found.runs_out.earliest) == (week(8), week(4))


def test_a_launch_multiplies_its_weeks_and_the_largest_counts() -> None:
    launches = f"""  launches:
    - {{name: draft, from: {week(2)}, until: {week(3)}, factor: 3}}
    - {{name: opening, from: {week(3)}, factor: 2}}
"""
    found = outlook(plan(launches), Carried(30))
    assert [one.launch for one in found.weeks[:5]] == ["", "", "draft", "draft", ""]
    assert found.weeks[2].peak.median == pytest.approx(3 * 18.15)
    assert found.runs_out.likely == week(2)
    assert found.grows_out.likely == week(8)
    assert "2027-07-19 (draft)" in plans.sentence(found)


def test_instances_keep_to_the_planned_utilisation_with_those_to_spare() -> None:
    found = outlook(plan(), Carried(30))
    assert [one.instances for one in found.weeks[:2]] == [2, 3]  # 15 / (30 x 50 %) + 1, then a hair more
    assert found.act_by.likely == week(1)
    most = found.dearest
    assert [shape.instances for shape in found.shapes] == [most.instances, 3]


def test_what_is_shared_limits_however_many_instances_run() -> None:
    database = demand("database CPU", [10, 20, 30], [0.25, 0.5, 0.75], limit=1)
    assert database is not None
    seen = Carried(30, demands=(database,))
    found = outlook(plan(running=9), seen)
    assert found.usable == pytest.approx(40)
    assert found.weeks[0].shared_used == pytest.approx(0.375)
    assert any("database CPU is used up at 40" in text for text in remarks(plan(running=9), seen, found))


def test_connections_grow_with_requests_and_memory_with_leagues() -> None:
    pool = demand("database connections", [10, 20, 30], [7, 9, 11], limit=20)
    assert pool is not None
    seen = Carried(30, demands=(pool,), connections_limit=20, redis_bytes=2e6, leagues=20)
    found = outlook(plan("  redis: {memory: 12 MB}\n"), seen)
    assert found.weeks[0].connections == pytest.approx(8)  # 5 + 0.2 x 15
    assert found.weeks[0].redis_bytes == pytest.approx(1e7)
    assert found.weeks[2].redis_bytes == pytest.approx(1.21e7)
    told = " ".join(remarks(plan("  redis: {memory: 12 MB}\n"), seen, found))
    assert f"from {week(2)} on, Redis needs more memory" in told


def test_cost_keeps_fixed_and_marginal_apart() -> None:
    seen = Carried(30, bytes_each=10_000)
    found = outlook(plan(PRICES, running=2), seen)
    cost = found.weeks[0].cost
    assert cost is not None
    assert cost.fixed_per_month == pytest.approx(2 * 0.10 * 730 + 73)
    requests = 15 * 0.4 * 3600 * 730
    assert cost.marginal_per_month == pytest.approx(requests * (2e-6 + 0.1 * 1e4 / 1e9))
    assert cost.per_thousand == pytest.approx(1000 * cost.per_month / requests)
    small, large = found.shapes
    assert small.cost is not None
    assert large.cost is not None
    assert large.cost.fixed_per_month == pytest.approx(large.instances * 0.15 * 730 + 73)


def test_who_fails_is_paid_for_too() -> None:
    whole, half = (outlook(plan(PRICES), Carried(30, errors=errors)) for errors in (0.0, 0.5))
    costs = [one.weeks[0].cost for one in (whole, half)]
    assert costs[0] is not None
    assert costs[1] is not None
    assert costs[1].marginal_per_month == pytest.approx(2 * costs[0].marginal_per_month)


def test_each_assumption_is_changed_on_its_own() -> None:
    found = {one.name: one for one in changes(plan(PRICES), Carried(30, below=33))}
    assert found["as planned"].runs_out.likely == week(8)
    assert found["demand 20 % higher"].runs_out.likely == week(6)  # 1.1^6 > 30 / 18
    assert found["capacity at the upper end of its bracket"].runs_out.likely == week(9)
    dearer, usual = found["database 20 % dearer"].per_month, found["as planned"].per_month
    assert dearer is not None
    assert usual is not None
    assert dearer - usual == pytest.approx(0.2 * 73)


def test_what_the_plan_rests_on_is_told() -> None:
    seen = Carried(30, confirmed=False, limited_by="the load generator")
    told = " | ".join(remarks(plan(PRICES, running=1), seen, outlook(plan(PRICES, running=1), seen)))
    for part in (
        "was not confirmed by a soak",
        "limited by the load generator",
        "1 running and 1 that may be down leave nothing",
        "no limit of a shared resource",
        "no growth_per_week_high",
        "traffic is in no sum",
        "the price of calls is from 2025-01-01",
    ):
        assert part in told


def test_without_prices_nothing_is_known_about_cost() -> None:
    found = outlook(plan(), Carried(30))
    assert {one.cost for one in found.weeks} == {None}
    assert found.at_capacity is None


def test_nothing_usable_is_no_headroom_at_all() -> None:
    found = outlook(plan(running=1), Carried(30))
    assert (found.headroom, found.runs_out.likely) == (None, START)
    assert plans.sentence(found).startswith("No load is carried with certainty in the week of ")


def test_weekly_peaks_give_a_trend_with_an_early_bound() -> None:
    peaks = [10 * 1.05**number * (1.02, 0.98)[number % 2] for number in range(10)]
    rows = "".join(f"{week(number - 10)},{peak}\n" for number, peak in enumerate(peaks))
    text = f"capacity: {{from: {START}, weeks: 30, weekly_peaks: p.csv, instances: {{utilisation: 0.5}}}}\n"
    found = outlook(parse_plan(text, "plan.yaml", lambda _: f"week,peak\n{rows}"), Carried(40))
    assert found.trend_shown
    assert found.weeks[0].peak.median == pytest.approx(10 * 1.05**10, rel=0.03)
    assert found.runs_out.likely is not None
    assert found.runs_out.earliest is not None
    assert abs((found.runs_out.likely - START).days / 7 - 18.4) <= 2  # ln 4 / ln 1.05 - 10
    assert found.runs_out.earliest < found.runs_out.likely
