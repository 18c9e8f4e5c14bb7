from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from preseason.astral_field.database import named_statements

PACKAGE = Path(str(resources.files("preseason.astral_field")))
NAME = re.compile(r'"([a-z_]+)"')


def names_used() -> set[str]:
    """Every word in quotes of the package: more than the statements it names, but no fewer."""
    return {name for file in PACKAGE.rglob("*.py") for name in NAME.findall(file.read_text())}


def statements_run() -> set[str]:
    """What is given as the name of a statement."""
    calls = re.compile(r'\.(?:row|rows|text|run|_read)\(\s*(?:transaction, )?"(\w+)"')
    return {name for file in PACKAGE.rglob("*.py") for name in calls.findall(file.read_text())}


def test_every_statement_that_is_run_exists() -> None:
    assert statements_run() <= named_statements().keys()


def test_every_statement_is_run_somewhere() -> None:
    assert named_statements().keys() <= names_used()


def test_no_name_stands_for_two_statements() -> None:
    files = (PACKAGE / "sql").glob("*.sql")
    names = [
        name for file in files for name in re.findall(r"^-- name: (\w+)$", file.read_text(), re.MULTILINE)
    ]
    assert len(names) == len(named_statements()) > 20
