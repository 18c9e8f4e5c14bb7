"""Whatever a run came to, it is judged, compared and told: the oddest that a recorder can leave, by seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from preseason.campaign.shipped import alert_policy
from preseason.errors import BadInputError
from preseason.report import compare_page
from preseason.report.format_names import Format
from preseason.report.formats import render
from preseason.run.blocking import BlockingEdge, Session
from preseason.run.endpoint import Endpoint
from preseason.run.manifest import Looks, Soak, Status
from preseason.run.reading import read_run
from preseason.run.timeline import Event, EventKind
from preseason.slo.alerts.reading import read_alerts
from preseason.slo.reading import parse_slo
from preseason.testing import LEAGUE, LINEUP, ORIGIN_S, Traffic, arrivals_table, samples_table, synthetic_run
from preseason.verdict.comparison import compare
from preseason.verdict.evidence import Baseline, as_of, evidence_of
from preseason.verdict.history.indicators import indicators_of
from preseason.verdict.judging import judge
from preseason.verdict.model import Decision, Outcome, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

    from preseason.run.samples import Metric
    from preseason.slo.model import Slo
    from preseason.testing import SyntheticRun

RUNS = 40
POLICY = read_alerts(alert_policy())
ENDPOINTS = (LEAGUE, LINEUP, Endpoint("/a", "GET"), Endpoint("/a", "DELETE"))
OBJECTIVES = (
    *("p95 < 200 ms", "max < 5 s", "mean < 100 ms", "errors < 1 %", "availability >= 99.9 %", "rate > 5/s"),
    *("p95 < 200 ms for GET /a", "p95 < 200 ms over 10s", "p95 < 110 % of baseline"),
    *("redis.hit_rate > 90 %", "redis.hit_rate > 90 % over 10s", "redis.evicted_keys == 0", "cpu < 80 %"),
    *("postgres.connections < 80 %", "slow_queries(1 s) == 0", "generator.cpu < 90 %"),
)
EXAMPLE = read_run(Path(__file__).parents[2] / "reports" / "example")
#: Everything that was sampled in a real run.
METRICS = tuple(EXAMPLE.samples.series)


@dataclass(frozen=True)
class Odd:
    """What is odd about a run, drawn by a generator."""

    draw: np.random.Generator

    def run(self) -> SyntheticRun:
        duration_s = int(self.draw.choice([1, 2, 9, 13, 60, 121, 400]))
        return replace(
            synthetic_run(
                duration_s,
                [self._traffic(endpoint, duration_s) for endpoint in ENDPOINTS if self._maybe(0.5)],
                limits_ms=(200.0,) if self._maybe(0.5) else (1.0, 300.0, 5000.0),
                samples=[self._samples(metric, duration_s) for metric in METRICS if self._maybe(0.2)],
                arrivals=self._arrivals(duration_s),
                timeline=sorted((self._event(duration_s) for _ in range(4)), key=lambda event: event.at_s),
                **self._ending(duration_s),
            ),
            texts=tuple(EXAMPLE.statements.values()),
            edges=tuple(self._edge(duration_s) for _ in range(self._count(4))),
        )

    def slo(self) -> Slo:
        """Some objectives; those that contradict each other are drawn again."""
        while True:
            chosen = self.draw.choice(OBJECTIVES, self._count(5) + 1, replace=False)
            load = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
            try:
                return parse_slo(load + "objectives:\n" + "".join(f"  - {one}\n" for one in chosen), "odd")
            except BadInputError:
                continue

    def _maybe(self, share: float) -> bool:
        return bool(self.draw.random() < share)

    def _count(self, most: int) -> int:
        return int(self.draw.integers(0, most + 1))

    def _traffic(self, endpoint: Endpoint, duration_s: int) -> Traffic:
        """Asked for a part of the time only, before, within or after what is judged."""
        requests = int(10 ** self.draw.uniform(0, 3))
        start, end = sorted(self.draw.integers(0, duration_s + 40, 2))
        second = np.sort(self.draw.integers(start, max(end, start + 1), requests))
        times_ms = (
            np.full(requests, 10.0),
            10 ** self.draw.uniform(-2, 5, requests),
            np.zeros(requests),
            np.where(second > (start + end) / 2, 900.0, 9.0),
        )[self._count(3)]
        ok = self.draw.random(requests) >= self.draw.choice([0.0, 0.01, 0.3, 1.0])
        waited = np.minimum(times_ms, 5.0) if self._maybe(0.4) else None
        return Traffic.of(second, times_ms, ok, endpoint=endpoint, service_ms=waited)

    def _samples(self, metric: Metric, duration_s: int) -> pa.Table:
        """A gauge or a counter, whole or with holes, and seldom just as long as the load."""
        length, start_s = self._count(duration_s + 20) + 1, self._count(duration_s + 10) - 10
        values = (
            np.zeros(length),
            np.full(length, 10 ** self.draw.uniform(-3, 10)),
            np.cumsum(self.draw.poisson(20, length)).astype(float),
            self.draw.random(length),
            np.where(self.draw.random(length) < 0.7, np.nan, self.draw.random(length)),
        )[self._count(4)]
        epoch = EXAMPLE.samples.series[metric].epoch[0]
        named = (metric.source, metric.name, metric.label)
        return samples_table({named: values}, epoch=str(epoch), start_s=start_s)

    def _arrivals(self, duration_s: int) -> pa.Table:
        planned = self.draw.poisson(self.draw.choice([0, 1, 20]), duration_s).tolist()
        lost = {
            name: [self._count(one) for one in planned]
            for name in ("dropped", "starved", "finished")
            if self._maybe(0.3)
        }
        return arrivals_table(planned, lag_ms=float(self.draw.choice([0.5, 300.0])), **lost)

    def _event(self, duration_s: int) -> Event:
        at_s = ORIGIN_S + float(self.draw.uniform(-20, duration_s + 20))
        return Event(
            at_s=at_s,
            kind=list(EventKind)[self._count(len(EventKind) - 1)],
            text="something" * self._count(1),
            source=str(self.draw.choice(["postgres", "redis", "generator", "host", ""])),
            until_s=at_s + self._count(300) if self._maybe(0.5) else None,
        )

    def _edge(self, duration_s: int) -> BlockingEdge:
        queries = (*EXAMPLE.statements, "")
        one, other = (Session(pid=self._count(3), queryid=str(self.draw.choice(queries))) for _ in range(2))
        at_s = ORIGIN_S + float(self._count(duration_s))
        return BlockingEdge(at_s=at_s, waiting=one, blocker=other, waited_s=3.0 if self._maybe(0.5) else None)

    def _ending(self, duration_s: int) -> dict[str, Any]:
        broken_off = {"status": Status.INTERRUPTED, "load_ended_s": None, "ended_at": None}
        return {
            "warmup_s": (0.0, 5.0, float(duration_s), None)[self._count(3)],
            "soak": Soak(rest_s=5, cool_down_s=0, horizon_s=3600) if self._maybe(0.3) else None,
            "looks": Looks(guard_s=(5.0, 10.0), decide_s=(10.0, 60.0)) if self._maybe(0.3) else None,
            **(broken_off if self._maybe(0.2) else {}),
            **({"load_started_s": None, "load_ended_s": None} if self._maybe(0.05) else {}),
        }


@pytest.mark.parametrize("seed", range(RUNS))
def test_an_odd_run_is_judged_against_odd_ones_and_told_in_every_format(seed: int) -> None:
    odd = Odd(np.random.default_rng([seed, 31]))
    run, past = odd.run(), (odd.run(), odd.run())

    verdict = judge(run, odd.slo(), POLICY, Baseline(past))

    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    told = {format_: render(format_, run, verdict) for format_ in Format}
    assert all(told[format_] for format_ in Format)
    before, after = evidence_of(past[0], 0.0), evidence_of(run, 0.0)
    if before is None or after is None:
        return
    assert compare_page.render(compare([before], after), before, after)
    assert indicators_of(after).run == run.manifest.run_id
    assert as_of(after, 3).judged.length_s <= after.judged.length_s


def test_a_run_that_was_killed_before_anything_was_answered_is_no_pass_and_no_fault_of_ours() -> None:
    looks = {
        ("host", "cpu"): np.full(20, 0.2),
        ("generator", "in_flight", "0"): np.arange(20.0) % 7,
        ("redis", "keyspace_hits"): np.arange(20.0),
    }
    broken_off = {"status": Status.INTERRUPTED, "load_ended_s": None, "ended_at": None}
    run = synthetic_run(60, samples=[samples_table(looks, start_s=-5)], **broken_off)
    slo = parse_slo(
        "load: {model: open, rate: 20/s, duration: 60s}\nobjectives: [p95 < 200 ms, cpu < 80 %]\n", "slo.yaml"
    )

    verdict = judge(run, slo, POLICY)

    assert verdict.verdict is not Decision.PASS
    assert {one.outcome for one in verdict.objectives} == {Outcome.NO_DATA}
