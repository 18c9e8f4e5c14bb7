from __future__ import annotations

import pytest
from report_specimen import objective, verdict

from preseason.report.run.answer import detail, headline
from preseason.verdict.model import Decision, ObjectiveResult, Outcome, Validity

T = "\N{NARROW NO-BREAK SPACE}"


def missed(**changes: object) -> ObjectiveResult:
    return objective(outcome=Outcome.FAIL, **changes)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (missed(good=826), f"17.4{T}% of requests failed or took longer than 200{T}ms (5{T}% may)"),
        (
            missed(good=826, endpoint="GET /a"),
            f"17.4{T}% of requests to GET /a failed or took longer than 200{T}ms (5{T}% may)",
        ),
        (
            missed(indicator="errors", good=970, target_ratio=0.99),
            f"3{T}% of requests failed (1{T}% may)",
        ),
        (
            missed(indicator="redis.hit_rate", good=762, target_ratio=0.9),
            f"23.8{T}% of look-ups were not in the cache (10{T}% may)",
        ),
        (
            missed(indicator="max", good=999, target_ratio=1.0, name="max < 2 s", point=2500.0, limit=2000.0),
            f"max < 2 s (2.5{T}s measured)",
        ),
        (
            missed(name="rate > 60/s", indicator="rate", unit="1/s", good=None, point=51.0),
            "rate > 60/s (51/s measured)",
        ),
    ],
)
def test_a_miss_is_told_by_what_users_met(one: ObjectiveResult, told: str) -> None:
    assert headline(verdict(objectives=(one,))) == f"The platform does not keep what was promised: {told}"


def test_where_nothing_failed_what_is_late_took_longer() -> None:
    none = objective(indicator="errors", good=1000, total=1000, target_ratio=0.99)
    told = headline(verdict(objectives=(missed(good=826), none)))
    assert told.endswith(f"17.4{T}% of requests took longer than 200{T}ms (5{T}% may)")
    of_one = objective(indicator="errors", good=10, total=10, endpoint="GET /a")
    assert "failed or took longer" in headline(verdict(objectives=(missed(good=826), of_one)))


def test_a_miss_without_a_figure_tells_its_reason() -> None:
    lost = missed(
        indicator="slow_queries", name="slow_queries == 0", good=None, point=None, reason="two were"
    )
    assert headline(verdict(objectives=(lost,))).endswith("slow_queries == 0 was asked for; two were")


def test_a_share_that_missed_by_a_hair_is_not_rounded_onto_what_may_be() -> None:
    said = headline(verdict(objectives=(missed(good=949_990, total=1_000_000),)))
    assert f"5.001{T}% of requests" in said


def test_more_misses_than_a_sentence_holds_are_counted() -> None:
    assert headline(verdict(objectives=(missed(good=826),) * 4)).endswith("and 2 more objectives are missed")


def test_only_what_is_required_is_called_missed() -> None:
    two = (missed(good=826), missed(good=1, required=False))
    assert "99.9" not in headline(verdict(objectives=two))


def test_a_pass_is_told_without_a_figure_and_with_them_below() -> None:
    passed = verdict(verdict=Decision.PASS, sentence="All 6 objectives hold, over 50 seconds.")
    assert headline(passed) == "Under this load, the platform keeps what was promised"
    assert detail(passed) == "All 6 objectives hold, over 50 seconds."


def test_what_is_undecided_is_called_unknown() -> None:
    open_end = verdict(verdict=Decision.UNDECIDED, sentence="Nothing failed, but 1 could not be decided.")
    assert headline(open_end) == "Whether the platform keeps what was promised is not known yet"
    assert detail(open_end).startswith("Nothing failed")


@pytest.mark.parametrize("decision", [Decision.UNDECIDED, Decision.INVALID])
def test_a_run_that_says_nothing_says_that_first_and_the_reasons_once(decision: Decision) -> None:
    nothing = verdict(
        verdict=decision,
        window=None,
        validity=Validity(valid=False, reasons=("the clock jumped",)),
        sentence="This run says nothing about the platform: the clock jumped.",
    )
    assert headline(nothing) == "This run says nothing about the platform"
    assert detail(nothing) == "The clock jumped."
