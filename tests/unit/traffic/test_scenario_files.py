"""What Locust asks of files it loads from a folder."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "locustfiles"
FILES = sorted(FOLDER.rglob("*.py"))


def test_there_is_a_file_for_each_scenario_and_no_other() -> None:
    assert [file.name for file in FILES] == [
        "league_read.py",
        "lineup.py",
        "trade.py",
        "waiver.py",
        "watching.py",
    ]


def test_user_classes_have_different_names() -> None:
    trees = [ast.parse(file.read_text()) for file in FILES]
    names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    assert sorted(names) == ["LeagueRead", "Lineup", "Trade", "Waiver", "Watching"]
