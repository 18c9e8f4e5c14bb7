from __future__ import annotations

import re

import pytest
from clone import ROOT, SOURCE, shown

PYPROJECT = (ROOT / "pyproject.toml").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def section(name: str) -> str:
    """The lines of a table of pyproject.toml."""
    return PYPROJECT.partition(f"[{name}]\n")[2].partition("\n[")[0]


def target(name: str) -> str:
    """A target of the Makefile: its prerequisites and its recipe."""
    found = re.search(rf"^{name}:.*\n(?:\t.*\n)*", MAKEFILE, re.MULTILINE)
    assert found, f"the Makefile has no target {name}"
    return found[0]


@pytest.mark.parametrize("table", ["tool.ruff.lint", "tool.ruff.lint.per-file-ignores"])
def test_every_ignored_rule_says_why(table: str) -> None:
    naming_a_rule = [line for line in section(table).splitlines() if re.search(r'"[A-Z]{1,4}\d*"', line)]
    assert naming_a_rule
    assert not [line for line in naming_a_rule if "#" not in line and "select" not in line]


def test_every_exception_in_the_code_names_the_rule_it_is_from() -> None:
    bare = re.compile(r"#\s*(?:noqa(?!: ?[A-Z]+\d+)|type:\s*ignore(?!\[)|pragma: no cover)", re.IGNORECASE)
    assert not [shown(path) for path in SOURCE.rglob("*.py") if bare.search(path.read_text())]


@pytest.mark.parametrize("gate", ["ruff check", "ruff format --check", "mypy", "lint-imports"])
def test_make_test_runs_every_quality_gate(gate: str) -> None:
    assert re.search(r"^test:.*\blint\b", target("test"))
    assert gate in target("lint")


def test_make_test_runs_every_test() -> None:
    assert 'testpaths = ["tests"]' in section("tool.pytest.ini_options")
    named = set(re.findall(r"tests/\w+", target("test")))
    assert named == {f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("[a-z]*/test_*.py")}


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("\nmake test")
    assert "`make test`" in (ROOT / "README.md").read_text()
