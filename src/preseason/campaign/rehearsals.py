"""Reads runs and triggers, so that the triggers can be asked of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.campaign import shipped
from preseason.campaign.judging import own_slo
from preseason.errors import BadInputError, Problem
from preseason.planning.triggers.backtest import rehearsal_of
from preseason.run.reading import find_run, read_run
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.alerts.reading import read_alerts
from preseason.slo.reading import read_slo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from preseason.planning.triggers.backtest import Rehearsal
    from preseason.slo.alerts.model import AlertRule


def read_triggers(path: Path | None) -> tuple[AlertRule, ...]:
    """The rules of level ``scaling`` of a file, by default the manual's; BadInputError where it has none."""
    path = path or shipped.scaling_triggers()
    rules = tuple(rule for rule in read_alerts(path).rules if rule.level is AlertLevel.SCALING)
    if not rules:
        remedy = "write them under scaling:, as in: - cpu > 80 % lasting 5m"
        raise BadInputError(Problem("this file holds no scaling trigger", str(path), remedy))
    return rules


def read_rehearsals(names: Sequence[str], out: Path, slo: Path | None) -> tuple[Rehearsal, ...]:
    """The runs called ``names``, each once and with its own objectives, or those of ``slo``; all problems at
    once.
    """
    found: list[Rehearsal] = []
    problems: list[Problem] = []
    given = None
    try:
        given = None if slo is None else read_slo(shipped.find_slo(slo))
    except BadInputError as error:
        problems.extend(error.problems)
    taken: set[Path] = set()
    for name in names:
        try:
            folder = find_run(name, out)
            if folder.resolve() in taken:
                continue
            taken.add(folder.resolve())
            rehearsal = rehearsal_of(read_run(folder), given or own_slo(folder))
        except BadInputError as error:
            problems.extend(error.problems)
            continue
        if rehearsal is None:
            problems.append(Problem("no load was begun in this run", name, "name a run that was loaded"))
        else:
            found.append(rehearsal)
    if problems:
        raise BadInputError(problems)
    return tuple(found)
