"""The verdict on a run that was looked at while it lasted, and ended when it was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.run.manifest import Looks
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, hold, synthetic_run
from preseason.verdict.evidence import evidence_of
from preseason.verdict.judging import judge
from preseason.verdict.looking import judge_over_looks
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from preseason.slo.model import Slo
    from preseason.testing import SyntheticRun
    from preseason.verdict.model import Verdict

LONGEST, LASTED, PER_SECOND = 600, 130, 20
LOOKS = Looks(decide_s=(60, 120, 240, LONGEST))
GUARDED = Looks(guard_s=tuple(range(10, LASTED + 1, 10)))
GUARDRAIL = "{objective: errors < 5 %, guardrail: true}"


def run_of(response_ms: np.ndarray | float, looks: Looks = LOOKS, **changes: object) -> SyntheticRun:
    """A run of 130 s that could have lasted ten minutes."""
    facts = {"looks": looks, "stages": (hold(LONGEST, 20),), **changes}
    ok = facts.pop("ok", True)
    return synthetic_run(LASTED, [Traffic.steady(LASTED, PER_SECOND, response_ms, ok=ok)], **facts)


def verdict_on(run: SyntheticRun, *sentences: str, longest_s: float = LONGEST) -> Verdict:
    return judge(run, question(*sentences, longest_s=longest_s))


def question(*sentences: str, longest_s: float = LONGEST) -> Slo:
    listed = "".join(f"  - {sentence}\n" for sentence in sentences)
    load = f"load: {{model: open, rate: 20/s, duration: {longest_s}s, warmup: 0s}}\n"
    return parse_slo(f"{load}objectives:\n{listed}", "slo.yaml")


def noise(median_ms: float, seed: int = 1) -> np.ndarray:
    return median_ms * np.exp(0.3 * np.random.default_rng(seed).standard_normal(LASTED * PER_SECOND))


def test_a_run_that_was_decided_early_passes_and_says_how_its_error_was_spent() -> None:
    verdict = verdict_on(run_of(noise(50)), "p95 < 200 ms", "errors < 5 %")

    assert verdict.verdict is Decision.PASS
    assert verdict.looks is not None
    assert verdict.looks.at_s == (60, 120)
    assert sum(verdict.looks.spent) < 1
    assert verdict.looks.decided_s == {"p95 < 200 ms": 60, "errors < 5 %": 60}
    assert "decided after 60 seconds, at 99.9950 %" in verdict.objectives[0].reason
    assert "each with 95 % confidence" in verdict.sentence
    assert "It lasted 3 minutes of at most 10 minutes; the error of its verdict is spent over 2 looks." in (
        verdict.sentence
    )


def test_what_no_look_decided_is_open_although_the_whole_run_would_pass_if_judged_once() -> None:
    """Whoever stops where it looks good has to pay for having looked."""
    run = run_of(noise(115))
    once = verdict_on(run.changed(looks=None), "p95 < 200 ms")
    looked = verdict_on(run, "p95 < 200 ms")

    assert once.objectives[0].outcome is Outcome.PASS
    assert looked.objectives[0].outcome is Outcome.UNDECIDED
    assert looked.objectives[0].confidence > 0.999


def test_a_pass_is_withdrawn_where_the_answers_that_came_later_do_not_bear_it_out() -> None:
    """Good until the last look, then slow: neither is claimed."""
    times_ms = noise(50)
    times_ms[120 * PER_SECOND :] = 900

    result = verdict_on(run_of(times_ms), "p95 < 200 ms").objectives[0]

    assert result.outcome is Outcome.UNDECIDED
    assert result.reason.startswith("it held after 60 seconds, but not in the run as a whole")


def test_a_failure_that_a_look_decided_stays() -> None:
    times_ms = noise(50)
    times_ms[: 60 * PER_SECOND] = 900

    verdict = verdict_on(run_of(times_ms), "p95 < 200 ms")

    assert verdict.objectives[0].outcome is Outcome.FAIL
    assert verdict.looks is not None
    assert verdict.looks.decided_s == {"p95 < 200 ms": 60}


@pytest.mark.parametrize(("worst_ms", "outcome"), [(90, Outcome.PASS), (210, Outcome.FAIL)])
def test_what_is_counted_and_not_estimated_is_judged_on_the_whole_run(
    worst_ms: float, outcome: Outcome
) -> None:
    times_ms = np.full(LASTED * PER_SECOND, 20.0)
    times_ms[-1] = worst_ms

    assert verdict_on(run_of(times_ms), "max < 200 ms").objectives[0].outcome is outcome


def test_a_run_that_ended_before_its_first_look_decides_nothing() -> None:
    verdict = verdict_on(run_of(noise(50), Looks(decide_s=(200, 600))), "p95 < 200 ms")

    assert verdict.objectives[0].outcome is Outcome.UNDECIDED
    assert "before it was first looked at" in verdict.objectives[0].reason


def test_a_run_of_full_length_takes_its_last_look_at_all_of_it() -> None:
    run = run_of(noise(50), Looks(decide_s=(60, LASTED)), stages=(hold(LASTED, 20),))

    verdict = verdict_on(run, "p95 < 90 ms", longest_s=LASTED)

    assert verdict.looks is not None
    assert verdict.looks.at_s == (60, LASTED)
    assert sum(verdict.looks.spent) == pytest.approx(1)


def test_no_note_is_made_of_a_longest_time_of_its_own() -> None:
    run = run_of(noise(50))

    longer = verdict_on(run, "p95 < 200 ms", longest_s=60)
    other = verdict_on(run.changed(stages=(hold(LONGEST, 50),)), "p95 < 200 ms")

    assert not any("another load" in finding.title for finding in longer.findings)
    assert any("another load" in finding.title for finding in other.findings)


def test_a_broken_guardrail_fails_the_run_and_is_named() -> None:
    ok = np.ones(LASTED * PER_SECOND, dtype=bool)
    ok[60 * PER_SECOND : 90 * PER_SECOND] = False
    guardrail = "{objective: errors < 5 % over 30s, guardrail: true}"

    verdict = verdict_on(run_of(20.0, GUARDED, ok=ok), guardrail, "p95 < 200 ms")

    assert verdict.verdict is Decision.FAIL
    assert verdict.looks is not None
    assert verdict.looks.broken == "errors < 5 % over 30s"
    assert verdict.looks.decided_s == {"errors < 5 % over 30s": 90}
    assert "Its guardrail errors < 5 % over 30s broke" in verdict.sentence


def test_a_guardrail_that_held_is_judged_once_with_what_is_left_of_its_error() -> None:
    verdict = verdict_on(run_of(20.0, GUARDED), GUARDRAIL, "p95 < 200 ms")

    assert [one.outcome for one in verdict.objectives] == [Outcome.PASS, Outcome.PASS]
    assert [one.confidence for one in verdict.objectives] == pytest.approx([0.955, 0.95])
    assert verdict.looks is not None
    assert verdict.looks.broken == ""
    assert verdict.looks.longest_s is None


def test_guarding_a_run_on_its_limit_costs_no_more_false_failures_than_promised() -> None:
    """A true error rate of 5 %, looked at four times: no more than 5 % and three errors of 60 runs fail."""
    runs, looks = 60, Looks(guard_s=(30, 60, 90, 120))
    draw = np.random.default_rng(5)
    asked = question(GUARDRAIL).objectives
    failed = 0
    for _ in range(runs):
        ok = draw.random(LASTED * PER_SECOND) >= 0.05
        evidence = evidence_of(run_of(20.0, looks, ok=ok), 0.0)
        assert evidence is not None
        results, _ = judge_over_looks(asked, evidence, looks)
        failed += results[0].outcome is Outcome.FAIL
    assert failed <= runs * (0.05 + 3 * np.sqrt(0.05 * 0.95 / runs))
