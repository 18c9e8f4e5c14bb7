from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import capacity_specimen as specimen
from preseason.planning.scalability.assessing import assess
from preseason.planning.scalability.points import Points
from preseason.planning.search.remarks import remarks
from preseason.planning.search.resources import Use
from preseason.report.capacity import page as capacity_page
from preseason.report.capacity import searches, tables
from preseason.report.plain import THIN_SPACE
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from preseason.planning.search.answer import Answer, MadeStep


@pytest.fixture(scope="module")
def answer() -> Answer:
    return specimen.answer()


@pytest.fixture(scope="module")
def page(answer: Answer) -> str:
    return capacity_page.render(answer, version="0.1.0", planned=specimen.season(answer))


def test_the_search_of_the_specimen_finds_its_truth(answer: Answer) -> None:
    found = answer.capacity
    assert found.rate is not None
    assert found.below is not None
    truth = specimen.QUEUE.rate_within(0.2, 0.95) / specimen.EACH
    assert found.rate <= truth < found.below
    assert found.confirmed
    assert answer.bottleneck is not None
    assert answer.bottleneck.resource == "application CPU"
    low, high = answer.bottleneck.saturation_bounds
    assert low <= 197.5 <= high  # four cores less a background of 0.05, at 20 ms a request


def test_four_numbers_stand_on_the_page_each_with_its_run(answer: Answer, page: str) -> None:
    numbers = searches.numbers(answer)
    assert [one.name for one in numbers] == ["SLO capacity", "knee", "peak throughput", "collapse"]
    runs = {made.run for made in answer.steps}
    assert all(one.run in runs for one in numbers if one.interval)
    assert all(one.run in page for one in numbers if one.run)
    assert all(made.run in page for made in answer.steps)


def test_nothing_on_the_page_is_not_a_number(page: str) -> None:
    text = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_plan_and_cost_stand_on_the_page(answer: Answer, page: str) -> None:
    planned = specimen.season(answer)
    assert "draft week" in page
    assert planned.outlook.runs_out.likely is not None
    assert planned.outlook.runs_out.likely.isoformat() in page
    for remark in planned.remarks:
        assert remark[1:40] in page


@pytest.mark.parametrize("made", [0, 1, 2, 5])
def test_a_search_that_is_not_finished_has_a_page_all_the_same(answer: Answer, made: int) -> None:
    page = capacity_page.render(replace(answer, steps=answer.steps[:made]), version="0.1.0")
    assert "this search is not finished" in page.replace("This", "this")


def test_nothing_that_passed_is_no_capacity(answer: Answer) -> None:
    failed = tuple(replace(made, step=replace(made.step, outcome=Decision.FAIL)) for made in answer.steps[:1])
    page = capacity_page.render(replace(answer, steps=failed), version="0.1.0")
    assert "No load was carried within the objectives" in page


def test_errors_that_come_fast_are_told(answer: Answer) -> None:
    assert not remarks(answer)
    (told,) = remarks(specimen.refusing(answer))
    assert "errors come fast" in told
    assert "refuses" in told


def using(made: MadeStep, cores_each: float, limit: float) -> MadeStep:
    """The step with nothing sampled but a processor of which a request takes so much."""
    assert made.measured is not None
    used = Use(0.05 + cores_each * made.measured.succeeded, limit, "cores")
    return replace(made, measured=replace(made.measured, uses={"application CPU": used}))


def test_a_resource_that_would_carry_much_more_contradicts_the_measurement(answer: Answer) -> None:
    last = answer.steps[6]
    assert last.measured is not None
    beyond = replace(last, measured=replace(last.measured, offered=90, succeeded=190))
    steps = tuple(using(made, 0.002, 4.0) for made in (*answer.steps, beyond))
    told = remarks(replace(answer, steps=steps))
    assert any("something that was not sampled runs out first" in text for text in told)


def test_a_limit_that_was_passed_contradicts_the_measurement(answer: Answer) -> None:
    steps = tuple(using(made, 0.02, 2.0) for made in answer.steps)
    told = remarks(replace(answer, steps=steps))
    assert any("there is more of it than was told" in text for text in told)


def test_memory_that_is_nearly_full_and_a_broken_law_of_little_are_told(answer: Answer) -> None:
    first = answer.steps[0]
    assert first.measured is not None
    uses = {**first.measured.uses, "Redis memory": Use(9e6, 1e7, "bytes", kept=True)}
    odd = replace(first, measured=replace(first.measured, uses=uses, little=0.2))
    told = " | ".join(remarks(replace(answer, steps=(odd, *answer.steps[1:]))))
    assert "Redis memory was 90 % full" in told
    assert "Little's law does not hold" in told


def test_assumptions_have_names_of_their_own_and_the_plan_says_why_it_runs_out(page: str) -> None:
    assert f"web (4 vCPU) 20{THIN_SPACE}% dearer" in page
    assert f"web (8 vCPU) 20{THIN_SPACE}% dearer" in page
    tile = page.partition("Enough until the week of")[2][:400]
    assert tile.count("2027-08-23") == 1
    assert "draft week" in tile
    assert "of 1 core<" in page
    assert "It carries 44.2 arrivals a second." in page


def test_no_figure_of_the_page_is_parted_from_its_per_cent_sign(page: str) -> None:
    seen = re.sub(r"<(style|script|svg)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert not re.findall(r".*\d ?%.*", seen)


def test_a_limit_that_is_extrapolated_is_marked_so_beside_its_figure() -> None:
    levels = [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64]
    measured = [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]
    name, fitted, _, meaning = tables.law(assess(Points.of(levels, measured))).rows[-1]
    assert (name.text, fitted.text) == ("X limit", "378.2")
    assert meaning.text.endswith("1.22 × what was measured")
