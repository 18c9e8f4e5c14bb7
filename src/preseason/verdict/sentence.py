"""The verdict in a sentence or two that need no knowledge of statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import LooksTaken, ObjectiveResult, Validity


def sentence(
    validity: Validity, results: Sequence[ObjectiveResult], evidence: Evidence | None, asked: float
) -> str:
    """The verdict in a sentence or two that need no knowledge of statistics; ``asked`` is the confidence."""
    if not validity.valid:
        return f"This run says nothing about the platform: {'; '.join(validity.reasons)}."
    if evidence is None:
        return "Nothing was judged: the run ended before its load began."
    required = [result for result in results if result.required and result.outcome is not Outcome.WAIVED]
    failed = [result for result in required if result.outcome is Outcome.FAIL]
    open_ends = [result for result in required if result.outcome not in {Outcome.PASS, Outcome.FAIL}]
    if failed:
        return _failed(failed, len(required))
    if open_ends or not required:
        return _undecided(open_ends, len(required))
    requests = wording.count(evidence.requests.total)
    length = wording.duration(evidence.judged.length_s)
    confidence = wording.percent(asked)
    what = "The objective holds" if len(required) == 1 else f"All {len(required)} objectives hold"
    return f"{what}, each with {confidence} confidence, over {length} and {requests} requests."


def about_looks(looks: LooksTaken | None, evidence: Evidence | None) -> Iterator[str]:
    """How the run came to end when it did, and that its error was spent on looking."""
    if looks is None or evidence is None:
        return
    lasted = wording.duration(evidence.load.length_s)
    if looks.broken:
        yield f"Its guardrail {looks.broken} broke, which ends a run at once: it lasted {lasted}."
    elif looks.longest_s is not None:
        counted = wording.counted(len(looks.at_s), "look", "looks")
        yield (
            f"It lasted {lasted} of at most {wording.duration(looks.longest_s)}; "
            f"the error of its verdict is spent over {counted}."
        )


def _failed(failed: Sequence[ObjectiveResult], required: int) -> str:
    worst_ones = "; ".join(f"{result.name} ({measured(result)})" for result in failed[:3])
    more = f", and {len(failed) - 3} more" if len(failed) > 3 else ""  # noqa: PLR2004 - as many as are named
    verb = "is" if len(failed) == 1 else "are"
    return f"{len(failed)} of {required} objectives {verb} missed: {worst_ones}{more}."


def _undecided(open_ends: Sequence[ObjectiveResult], required: int) -> str:
    if not required:
        return "Nothing was decided: every objective is waived or advisory."
    first = open_ends[0]
    needs = f" It needs {first.needs}." if first.needs else ""
    count = f"{len(open_ends)} of {required} objectives could not be decided"
    return f"Nothing failed, but {count}: {first.name}, {first.reason}.{needs}"


def measured(result: ObjectiveResult) -> str:
    """What was measured, for a sentence: ``measured 340 ms``."""
    if result.point is None:
        return result.reason
    return f"measured {wording.in_unit(result.point, Unit(result.unit))}"
