"""A simulated platform in sentences and rows, for the terminal and for pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.triggers.autoscaling import Step
from preseason.report import units

if TYPE_CHECKING:
    from preseason.planning.triggers.autoscaling import Change, Simulated
    from preseason.planning.triggers.theory import Stretch

NO_THEORY = "load and instances never stood still long enough below saturation for theory to be asked"


@dataclass(frozen=True, slots=True)
class TheoryRow:
    """A figure of a stretch in which nothing changed: by theory, and as it came out."""

    stretch: str
    figure: str
    theory: str
    simulated: str
    bounds: str
    agrees: bool


def change(one: Change) -> tuple[str, str, str, str]:
    """When, what, at which load, and why."""
    instances = f"{one.count} {'instance' if one.count == 1 else 'instances'}"
    what = f"{instances} {one.step}"
    now = f"{one.instances} serve" if one.step is not Step.ORDERED else f"{one.instances} serve still"
    return units.clock(one.at_s), f"{what}, {now}", units.per_second(one.rate), one.rule


def sentences(found: Simulated) -> tuple[str, ...]:
    """The answer: requests beyond the limit, when it scaled, what it cost."""
    beyond, total = int(found.beyond.sum()), len(found.took_s)
    limit = units.milliseconds(1000 * found.of.limit_s)
    share = units.percent(beyond / total) if total else units.UNKNOWN
    steps = {step: sum(one.count for one in found.changes if one.step is step) for step in Step}
    most = int(found.instances.max(initial=0))
    fixed_s = most * found.length_s
    saved = units.percent(1 - found.paid_s / fixed_s) if fixed_s > found.paid_s else ""
    late = f"{units.count(beyond)} of {units.count(total)} requests took longer than {limit}"
    came = f"{steps[Step.ORDERED]} instances ordered, {steps[Step.SERVES]} came into service"
    paid = f"{units.count(found.paid_s)} instance-seconds paid"
    return (
        f"{late} ({share}), {units.count(found.gave_up)} of them gave up",
        f"{came}, {steps[Step.TAKEN]} taken away; at most {most} served at once",
        paid + (f", {saved} less than {most} instances throughout" if saved else ""),
    )


def theory_rows(stretches: tuple[Stretch, ...]) -> tuple[TheoryRow, ...]:
    """Erlang's figures beside ours."""
    return tuple(
        TheoryRow(
            stretch=_stretch(one),
            figure=figure.figure,
            theory=f"{figure.theory:.4g}",
            simulated=f"{figure.simulated.point:.4g}",
            bounds=f"{max(0.0, figure.simulated.low):.4g} to {figure.simulated.high:.4g}",
            agrees=figure.agrees,
        )
        for one in stretches
        for figure in one.figures
    )


def _stretch(one: Stretch) -> str:
    when = f"{units.clock(one.start_s)}-{units.clock(one.end_s)}"
    return f"{when}, {one.queue.servers} servers, {units.percent(one.load)} busy"
