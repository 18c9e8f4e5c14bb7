from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.astral_field.fault_names import Fault, PlannedFault, parse_fault
from preseason.astral_field.faults import EFFECTS
from preseason.errors import Problem


@pytest.mark.parametrize(
    ("text", "planned"),
    [
        ("cache-off", PlannedFault(Fault.CACHE_OFF, 0.0)),
        ("slow-query@30s", PlannedFault(Fault.SLOW_QUERY, 30.0)),
        ("stall@1.5m", PlannedFault(Fault.STALL, 90.0)),
        ("memory-leak@250ms", PlannedFault(Fault.MEMORY_LEAK, 0.25)),
        ("error-burst@2h", PlannedFault(Fault.ERROR_BURST, 7200.0)),
    ],
)
def test_a_fault_is_a_name_and_perhaps_a_time(text: str, planned: PlannedFault) -> None:
    assert parse_fault(text) == planned


@pytest.mark.parametrize("text", ["", "cache_off", "CACHE-OFF", "cache-off ", "@30s", "slow"])
def test_an_unknown_fault_is_answered_with_all_there_are(text: str) -> None:
    problem = parse_fault(text)
    assert isinstance(problem, Problem)
    assert all(fault in problem.remedy for fault in Fault)


@pytest.mark.parametrize("when", ["", "30", "s", "-1s", "1e3s", "30 s", "inf", "1d", "30s@1s"])
def test_a_time_that_is_none_is_answered_with_examples(when: str) -> None:
    problem = parse_fault(f"cache-off@{when}")
    assert isinstance(problem, Problem)
    assert "30s" in problem.remedy


@given(st.text())
def test_whatever_is_written_is_a_fault_or_a_problem(text: str) -> None:
    assert isinstance(parse_fault(text), PlannedFault | Problem)


def test_every_fault_has_an_effect_that_says_what_it_does() -> None:
    assert EFFECTS.keys() == set(Fault)
    assert all(effect.__doc__ for effect in EFFECTS.values())
