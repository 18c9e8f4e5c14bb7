from __future__ import annotations

import re
import runpy
from typing import TYPE_CHECKING

import pytest
from docs_pages import ROOT

from preseason.errors import PRECEDENCE, ExitCode
from preseason.run.tables import SCHEMAS, Table
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = ROOT / "docs" / "reference"
GENERATED: dict[Path, str] = runpy.run_path(str(ROOT / "docs" / "_generate.py"))["pages"]()


def first_cells(page: Path, heading: str = "") -> set[str]:
    """What stands as code in the first column of a page's tables, or of those below one heading."""
    text = page.read_text()
    section = re.split(r"\n#+ ", text.partition(f"\n{heading}\n")[2])[0] if heading else text
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return {code for cell in rows for code in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_a_generated_page_is_what_the_code_says(path: Path) -> None:
    current = path.read_text() if path.exists() else ""
    assert current == GENERATED[path], "regenerate with: .venv/bin/python docs/_generate.py"


def test_every_exit_code_is_documented_with_its_precedence() -> None:
    page = (REFERENCE / "exit-codes.md").read_text()
    documented = re.findall(r"^\| (\d+) \|", page, re.MULTILINE)
    assert [int(code) for code in documented] == sorted(ExitCode)
    told = re.search(r"one code is told: (.*)\.$", page, re.MULTILINE)
    assert told
    assert [int(code) for code in re.findall(r"\d+", told[1])] == list(PRECEDENCE)


@pytest.mark.parametrize("table", Table)
def test_every_column_of_a_table_is_documented(table: Table) -> None:
    assert first_cells(REFERENCE / "run-folder.md", f"### {table}") == set(SCHEMAS[table].names)


def test_every_outcome_is_documented() -> None:
    page = (ROOT / "docs" / "howto" / "slo-file.md").read_text()
    assert re.findall(r"^\| ([A-Z_]+) \|", page, re.MULTILINE) == [outcome.value for outcome in Outcome]


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{3}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
