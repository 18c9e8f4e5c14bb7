"""Looks at a run on disk that still lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.campaign.guardrails import GuardrailError
from preseason.campaign.looking import Looker, looks_of
from preseason.run.manifest import Looks, Status
from preseason.slo.lengths import lasting, need_constant_end
from preseason.slo.quantities import MistakeError
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, hold, synthetic_run, write_run
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.slo.model import Slo

LONGEST, SO_FAR, PER_SECOND = 1200, 90, 20
LOAD = "load: {model: open, rate: 20/s, duration: 20m, warmup: 10s}"


def question(*sentences: str, load: str = LOAD) -> Slo:
    listed = "".join(f"  - {sentence}\n" for sentence in sentences)
    return parse_slo(f"{load}\nobjectives:\n{listed}", "slo.yaml")


def looker(folder: Path, slo: Slo, response_ms: object = 20.0, *, ok: object = True) -> Looker:
    """At a run that has been going on for a minute and a half; nobody has written that it ended."""
    looks = looks_of(slo, until_decided=True)
    assert looks is not None
    traffic = [Traffic.steady(SO_FAR, PER_SECOND, response_ms, ok=ok)]
    facts = {"stages": (hold(LONGEST, 20),), "warmup_s": 10.0, "looks": looks, "load_ended_s": None}
    run = synthetic_run(SO_FAR, traffic, status=Status.RUNNING, **facts)
    return Looker(write_run(folder, run), slo, looks)


def test_a_clear_run_may_end_at_the_first_look_and_not_before(tmp_path: Path) -> None:
    looking = looker(tmp_path, question("p95 < 200 ms", "errors < 5 %"))
    first_s = looking.looks.decide_s[0]

    assert looking.enough(first_s) == ""
    assert looking.enough(first_s + 10).startswith("every objective was decided after")


def test_an_unclear_run_goes_on(tmp_path: Path) -> None:
    times_ms = np.tile([50.0] * 19 + [900.0], SO_FAR)

    assert looker(tmp_path, question("p95 < 200 ms"), times_ms).enough(SO_FAR) == ""


def test_seconds_without_an_answer_are_looked_at_as_well(tmp_path: Path) -> None:
    """A target that stands still since second 90: what it answered before says too little."""
    looking = looker(tmp_path, question("rate > 15/s"))
    looking.looks = Looks(from_s=10, decide_s=(900, LONGEST))

    assert looking.enough(1000) == "every objective was decided after 15 minutes"
    assert looking.standing.results[0].outcome is Outcome.FAIL


def test_a_guardrail_stops_the_run_by_its_name(tmp_path: Path) -> None:
    ok = np.arange(SO_FAR * PER_SECOND) % 2 == 0
    looking = looker(tmp_path, question("{objective: errors < 5 %, guardrail: true}"), ok=ok)

    with pytest.raises(GuardrailError, match="errors < 5 % broke: at most 5"):
        looking.enough(SO_FAR)


def test_nothing_is_looked_at_where_nothing_asks_for_it() -> None:
    assert looks_of(question("p95 < 200 ms"), until_decided=False) is None


def test_guardrails_are_looked_at_in_a_run_of_fixed_length() -> None:
    looks = looks_of(question("{objective: errors < 5 %, guardrail: true}"), until_decided=False)

    assert looks is not None
    assert looks.decide_s == ()
    assert len(looks.guard_s) == 20
    assert looks.guard_s[-1] == LONGEST


def test_looks_lie_further_and_further_apart_and_none_before_the_last_stage() -> None:
    load = "load: {model: open, stages: [{ramp: 2m, to: 20/s}, {hold: 18m}], warmup: 3m}"

    looks = looks_of(question("p95 < 200 ms", load=load), until_decided=True)

    assert looks is not None
    assert looks.decide_s[0] >= 180 + 30
    assert looks.decide_s[-1] == LONGEST
    gaps = np.diff(looks.decide_s)
    assert (np.diff(gaps) > 0).all()


def test_a_longest_time_changes_the_last_stage_and_the_digests() -> None:
    slo = question("p95 < 200 ms")

    longer = lasting(slo, 1800)

    assert longer.load.duration_s == 1800
    assert longer.workload_digest != slo.workload_digest
    assert lasting(slo, LONGEST).digest == slo.digest


def test_a_longest_time_that_leaves_no_last_stage_is_refused() -> None:
    with pytest.raises(MistakeError, match="5s is too short"):
        lasting(question("p95 < 200 ms"), 5)


def test_a_load_that_ends_with_what_it_was_made_for_cannot_end_early() -> None:
    load = "load: {model: open, stages: [{hold: 1m, rate: 9/s}, {ramp: 1m, to: 20/s}]}"

    with pytest.raises(MistakeError, match="ends with a ramp"):
        need_constant_end(question("p95 < 200 ms", load=load))
