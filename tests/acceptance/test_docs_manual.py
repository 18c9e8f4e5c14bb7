from __future__ import annotations

import re
import shlex
from typing import NamedTuple

import pytest
from docs_pages import ROOT, complaint

#: Every heading of the third and fourth level of the operations manual, by chapter.
HEADINGS = {
    "System monitoring": (
        "Health Monitoring",
        "Application Health Checks",
        "Key Performance Indicators (KPIs)",
        "Monitoring Tools Setup",
        "Sentry Error Tracking",
        "Vercel Analytics",
        "Database Monitoring",
    ),
    "Incident response": (
        "Incident Classification",
        "Severity Levels",
        "Response Times",
        "Incident Response Procedures",
        "Initial Response (First 15 minutes)",
        "Investigation and Resolution",
        "Communication",
        "Post-Incident Procedures",
        "Post-Mortem Process",
    ),
    "Maintenance procedures": (
        "Routine Maintenance",
        "Daily Tasks",
        "Weekly Tasks",
        "Monthly Tasks",
        "Deployment Procedures",
        "Production Deployment Checklist",
        "Scaling Operations",
        "Horizontal Scaling",
        "Vertical Scaling",
    ),
    "Backup and recovery": (
        "Backup Strategy",
        "Database Backups",
        "Application State Backup",
        "Disaster Recovery",
        "Recovery Time Objectives (RTO)",
        "Recovery Point Objectives (RPO)",
        "Disaster Recovery Procedures",
    ),
    "Cost optimization": (
        "Resource Usage Monitoring",
        "Vercel Function Usage",
        "Database Cost Optimization",
        "Cache Optimization",
        "Cost Reduction Strategies",
        "Function Optimization",
        "Database Optimization",
    ),
}
STATES = ("**Today.**", "**Partly.**", "**Not built yet.**", "**Out of scope.**")


class Row(NamedTuple):
    """A line of a chapter's table; ``served`` begins with one of ``STATES``."""

    heading: str
    asked: str
    served: str

    @property
    def available(self) -> list[str]:
        return _commands(self._parts[0])

    @property
    def planned(self) -> list[str]:
        return _commands(self._parts[1])

    @property
    def _parts(self) -> tuple[str, str]:
        now, _, later = re.sub("not built yet", "\0", self.served, count=1, flags=re.IGNORECASE).partition(
            "\0"
        )
        return now, later


def _commands(text: str) -> list[str]:
    return re.findall(r"`(preseason [^`]+)`", text)


def rows(chapter: str) -> list[Row]:
    text = (ROOT / "docs" / "reference" / "manual.md").read_text()
    section = text.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [Row(*(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])) for line in lines[2:]]


ALL = [row for chapter in HEADINGS for row in rows(chapter)]


@pytest.mark.parametrize("chapter", HEADINGS)
def test_every_heading_of_the_manual_has_its_row_in_the_manuals_order(chapter: str) -> None:
    answered = [row.heading.partition(":")[0] for row in rows(chapter)]
    assert tuple(dict.fromkeys(answered)) == HEADINGS[chapter]


def test_every_row_says_how_it_is_served() -> None:
    assert not [row for row in ALL if not row.served.startswith(STATES)]


def test_what_is_served_today_needs_nothing_that_is_not_built() -> None:
    today = [row for row in ALL if row.served.startswith("**Today.**")]
    assert not [row for row in today if "not built" in row.served.lower()]


@pytest.mark.parametrize("command", sorted({command for row in ALL for command in row.available}))
def test_a_command_that_is_named_as_available_is_accepted(command: str) -> None:
    assert not complaint(shlex.split(command))


def test_a_command_that_is_named_as_not_built_has_not_been_built() -> None:
    planned = {command for row in ALL for command in row.planned}
    built = [command for command in planned if not complaint(shlex.split(command))]
    assert not built, "they are there now: say so in docs/reference/manual.md"
