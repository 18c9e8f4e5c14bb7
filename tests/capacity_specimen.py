"""A search whose truth is known: a platform of four servers, 20 ms a request, whose processor binds."""

from __future__ import annotations

from dataclasses import replace

from preseason.planning.plan.remarks import Planned, planned
from preseason.planning.search.answer import Answer, MadeStep
from preseason.planning.search.next_step import Purpose, Settings, Step, next_step
from preseason.planning.search.resources import Use
from preseason.planning.search.steps import Measured
from preseason.planning.triggers.queues import Queue
from preseason.slo.ahead.plan_reading import parse_plan
from preseason.verdict.model import Decision

#: 200 requests a second at most; 95 % within 200 ms up to 194.
QUEUE = Queue(4, 0.02)
EACH = 4.0
SETTINGS = Settings(start_rate=5, least_rate=0.25, most_rate=1000)
PLAN = """name: season
capacity:
  from: 2027-07-05
  weeks: 30
  users: 20000
  leagues: 1700
  requests_per_user: 60/h
  burst: 1.3
  growth_per_week: 2 %
  growth_per_week_high: 3 %
  launches:
    - {name: draft week, from: 2027-08-23, until: 2027-08-29, factor: 4}
    - {name: Sunday kickoff, from: 2027-09-05, until: 2028-01-09, factor: 2.5}
  instances:
    tested: 1
    running: 5
    spare: 1
    utilisation: 70 %
    shapes: [{name: 4 vCPU}, {name: 8 vCPU, capacity: 1.9}]
  redis: {memory: 512 MiB}
  mean_load: 30 %
  prices:
    currency: USD
    items:
      - {name: web, for: 4 vCPU, price: 0.16, per: instance-hour, source: the contract, date: 2027-06-01}
      - {name: web, for: 8 vCPU, price: 0.31, per: instance-hour, source: the contract, date: 2027-06-01}
      - {name: database, price: 95, per: month, source: the provider's list, date: 2027-06-01}
      - {name: egress, price: 0.09, per: GB, source: the provider's list, date: 2027-06-01}
"""


def answer() -> Answer:
    """The search to its end."""
    made: list[MadeStep] = []
    while (todo := next_step(SETTINGS, [one.step for one in made])) is not None:
        seen = measured(todo.rate)
        late = QUEUE.takes_longer(todo.rate * EACH, 0.2)
        outcome = Decision.PASS if late <= 0.05 else Decision.FAIL
        binds = "" if outcome is Decision.PASS else "p95 < 200 ms"
        recovered_s = 6.0 if todo.purpose is Purpose.LOWER else None
        step = Step(todo.rate, todo.purpose, outcome, binds=binds, took_s=400, recovered_s=recovered_s)
        made.append(MadeStep(step, seen, f"20270601T1{len(made):02d}000Z-{todo.purpose}-{todo.rate:.4g}"))
    return Answer(
        name="20270601T100000Z-capacity-capacity",
        slo="capacity",
        objectives=("p95 < 200 ms", "errors < 1 %"),
        target="http://127.0.0.1:8000",
        started_at_s=1_811_844_000.0,
        settings=SETTINGS,
        settle_s=60,
        measure_s=300,
        steps=tuple(made),
        build="2.1.0",
        leagues=20,
        mix=(("league_read", 60), ("lineup", 20), ("trade", 8), ("waiver", 12)),
    )


def measured(rate: float) -> Measured:
    """What theory says of a step, with a hair of scatter that is the same every time."""
    offered = rate * EACH
    most = 0.985 * QUEUE.saturation_rate
    succeeded = min(offered, most) * (1 - 0.02 * max(offered / most - 1, 0))
    wobble = 1 + 0.01 * ((rate * 7.3) % 1 - 0.5)
    each_s = min(QUEUE.mean_response_s(min(offered, most)), 1.5)
    busy = succeeded * QUEUE.service_s * wobble
    uses = {
        "application CPU": Use(0.05 + busy, 4.0, "cores", shared=False),
        "database CPU": Use(0.08 + 0.002 * succeeded * wobble, 2.0, "cores"),
        "database connections": Use(25.0, 97.0, "connections"),
        "busy database connections": Use(0.004 * succeeded * wobble, 97.0, "connections"),
        "Redis CPU": Use(0.01 + 0.0003 * succeeded * wobble, 1.0, "cores"),
        "Redis memory": Use(9e6 + 1e3 * rate, None, "bytes", kept=True),
    }
    p95_ms = 1000 * min(3.0 * each_s, 2.0)
    return Measured(
        offered=rate,
        succeeded=succeeded,
        errors=0.0 if offered < most else 0.01,
        p95_ms=p95_ms,
        concurrency=succeeded * each_s,
        valid=True,
        uses=uses,
        margin=0.02 * succeeded,
        failed_ms=None if offered < most else 3.0,
        bytes_each=8000.0,
        little=0.002,
    )


def refusing(found: Answer) -> Answer:
    """The same search of a target that refuses quickly whatever is above its limit."""

    def refuse(made: MadeStep) -> MadeStep:
        seen = made.measured
        if seen is None or made.step.outcome is Decision.PASS:
            return made
        return replace(made, measured=replace(seen, errors=0.3, failed_ms=0.8))

    return replace(found, steps=tuple(refuse(made) for made in found.steps))


def season(found: Answer) -> Planned:
    """A plan for it."""
    carried = found.carried
    assert carried is not None
    return planned(parse_plan(PLAN, "plan.yaml"), carried)
