"""Where the line lies between a load that was made as asked and a run that says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from preseason.errors import ExitCode
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, arrivals_table, samples_table, synthetic_run
from preseason.verdict.judging import judge

if TYPE_CHECKING:
    from preseason.verdict.model import Verdict


def verdict_on(limit_ms: float = 200.0, **parts: Any) -> Verdict:  # noqa: ANN401 - passed on
    """On a platform that is well, by a generator with these accounts."""
    run = synthetic_run(60, [Traffic.steady(60, 50, 10.0)], limits_ms=(limit_ms,), **parts)
    load = "load: {model: open, rate: 100/s, duration: 60s, warmup: 10s}"
    return judge(run, parse_slo(f"{load}\nobjectives: [p95 < {limit_ms:g} ms]\n", "slo.yaml"))


def late(each_second: int, lag_ms: float) -> pa.Table:
    """A hundred journeys a second, of which so many begin late although a user is free."""
    return pa.concat_tables(
        [arrivals_table([100 - each_second] * 60), arrivals_table([each_second] * 60, lag_ms=lag_ms)]
    )


@pytest.mark.parametrize(("share", "code"), [(0.85, ExitCode.PASS), (0.95, ExitCode.INVALID)])
def test_one_saturated_process_of_two_is_enough(share: float, code: ExitCode) -> None:
    idle, busy = ("generator", "cpu", "generator-0"), ("generator", "cpu", "generator-1")

    verdict = verdict_on(samples=[samples_table({idle: np.full(60, 0.2), busy: np.full(60, share)})])

    assert verdict.exit_code is code
    assert ("process generator-1 used 95 % of a core" in verdict.sentence) is (code is ExitCode.INVALID)


def test_a_generator_that_was_busy_in_the_warm_up_only_is_forgiven() -> None:
    shares = np.where(np.arange(60) < 10, 1.0, 0.2)

    assert verdict_on(samples=[samples_table({("generator", "cpu", ""): shares})]).validity.valid


@pytest.mark.parametrize(("each_second", "code"), [(3, ExitCode.PASS), (4, ExitCode.INVALID)])
def test_three_in_a_hundred_may_be_lost_or_late(each_second: int, code: ExitCode) -> None:
    dropped = arrivals_table([100] * 60, dropped=[each_second] * 60)

    assert verdict_on(arrivals=dropped).exit_code is code
    assert verdict_on(arrivals=late(each_second, 90.0)).exit_code is code


@pytest.mark.parametrize(
    ("limit_ms", "lag_ms", "code"),
    [
        (200.0, 90.0, ExitCode.PASS),
        (200.0, 130.0, ExitCode.INVALID),
        (1000.0, 130.0, ExitCode.PASS),
        (1000.0, 600.0, ExitCode.INVALID),
    ],
)
def test_how_late_two_in_a_hundred_may_be_follows_from_the_strictest_limit(
    limit_ms: float, lag_ms: float, code: ExitCode
) -> None:
    assert verdict_on(limit_ms, arrivals=late(2, lag_ms)).exit_code is code


def test_every_reason_is_told_at_once() -> None:
    saturated = samples_table({("generator", "cpu", ""): np.full(60, 0.99)})

    verdict = verdict_on(samples=[saturated], arrivals=late(50, 500.0))

    assert len(verdict.validity.reasons) == 3
    assert verdict.exit_code is ExitCode.INVALID


def test_a_generator_that_spun_without_sending_anything_measured_nothing_and_spoiled_nothing() -> None:
    busy = samples_table({("generator", "cpu", "generator-0"): np.full(61, 0.97)})

    verdict = judge(
        synthetic_run(60, samples=[busy]),
        parse_slo("load: {model: closed, users: 2, duration: 60s}\nobjectives: [p95 < 200 ms]\n", "slo.yaml"),
    )

    assert verdict.validity.valid
    assert verdict.verdict == "UNDECIDED"
