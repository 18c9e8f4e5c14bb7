"""Engagement in a review: what the traffic of a period was made of, beside that of the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.charts.model import Tone
from preseason.report.page.parts import Absent, Bar, Bars, Piece, Prose
from preseason.report.page.tables import Cell, Column, Look, Table, number
from preseason.verdict.history.reviewing import journeys, requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.report.page.parts import Part
    from preseason.verdict.history.reviewing import Review

_TONES = (Tone.MAIN, Tone.THIRD, Tone.FOURTH, Tone.FIFTH, Tone.STRONG, Tone.QUIET)


def engagement(review: Review) -> Iterator[Part]:
    """Journeys by scenario, and requests by endpoint."""
    now, before = journeys(review.now), journeys(review.before)
    if not now:
        yield Absent("What the traffic was made of is not kept of these runs: preseason judge RUN writes it.")
        return
    tones = {name: _TONES[place % len(_TONES)] for place, name in enumerate(now)}
    period = review.period.length.name.lower()
    mixes = ((f"This {period}", now), (f"The {period} before", before))
    yield Bars("Journeys by scenario", tuple(_bar(label, mix, tones) for label, mix in mixes if mix))
    yield _endpoints(requests(review.now), requests(review.before), len(review.now))
    yield Prose(
        "The traffic is made by the scenarios' weights, not by people: what it is made of changes with the "
        "workload.",
        quiet=True,
    )


def _bar(label: str, mix: Mapping[str, int], tones: Mapping[str, Tone]) -> Bar:
    shares = _shares(mix)
    pieces = tuple(Piece(name, tones.get(name, Tone.QUIET), share) for name, share in shares.items())
    told = ", ".join(f"{name} {units.percent(share)}" for name, share in shares.items())
    return Bar(label, pieces, f"{units.count(sum(mix.values()))} journeys", told)


def _endpoints(now: Mapping[str, int], before: Mapping[str, int], runs: int) -> Table:
    shares, previous = _shares(now), _shares(before)
    rows = tuple(
        (
            Cell(name, look=Look.CODE),
            number(units.count(round(count / runs)), count / runs),
            Cell(units.percent(shares[name]), shares[name], share=shares[name]),
            number(units.percent(previous.get(name)), previous.get(name)),
        )
        for name, count in now.items()
    )
    heads = ("Requests a run", "Share", "Share before")
    columns = (Column("Endpoint"), *(Column(head, number=True) for head in heads))
    return Table("Requests by endpoint", columns, rows, sorted_by=(1, True))


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.items()} if whole else {}
