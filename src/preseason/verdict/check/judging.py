"""From one look at a target to its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.check.model import CheckReport, Row, Status, exit_code_of, summary_of
from preseason.verdict.check.postgres import postgres_rows
from preseason.verdict.check.redis import redis_rows
from preseason.verdict.check.topics import Topic
from preseason.verdict.check.visits import judge_visit

if TYPE_CHECKING:
    from collections.abc import Collection

    from preseason.run.look import Look
    from preseason.verdict.check.limits import Limits


def judge(look: Look, limits: Limits, skip: Collection[Topic] = (), *, strict: bool = False) -> CheckReport:
    """Every check, in the order of the topics; ``strict`` lets warnings fail, ``skip`` leaves topics out."""
    visited = judge_visit(look.visit, limits)
    found = (*visited.rows, *postgres_rows(look.postgres, limits), *redis_rows(look.redis, limits))
    rows = (
        *(_strictly(row) if strict else row for row in found if row.topic not in skip),
        *(_left_out(topic) for topic in skip),
    )
    ordered = tuple(sorted(rows, key=lambda row: list(Topic).index(row.topic)))
    return CheckReport(
        target=look.target,
        began_s=look.began_s,
        ended_s=look.ended_s,
        platform_version=visited.version,
        uptime_s=visited.uptime_s,
        rows=ordered,
        lacking=visited.lacking if Topic.FORMAT not in skip else (),
        exit_code=exit_code_of(row.exit_code for row in ordered),
        sentence=summary_of(row.status for row in ordered),
    )


def _strictly(row: Row) -> Row:
    return row.model_copy(update={"status": Status.FAIL}) if row.status is Status.WARN else row


def _left_out(topic: Topic) -> Row:
    return Row(topic=topic, name="everything", status=Status.SKIPPED, cause=f"left out with --skip {topic}")
