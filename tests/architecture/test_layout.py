from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from clone import ROOT, SOURCE, python, shown, tracked_files

#: A file with one of these names has no reason to exist but that nobody knew where else to put something.
HOMELESS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
#: The manager of a fantasy team is a person.
A_PERSON = SOURCE / "traffic" / "astral" / "manager.py"
#: Home folders, as they stand in a path that was pasted.
HOME = re.compile(r"(?<![\w.$}])/(?:root|(?:home|Users)/[\w.-]+)/")


@pytest.mark.parametrize("folder", ["slo", "reports"])
def test_the_question_and_the_answer_hold_no_python(folder: str) -> None:
    assert not [shown(path) for path in (ROOT / folder).rglob("*.py")]


def test_no_scenario_replaces_a_library_when_locust_loads_it(tmp_path: Path) -> None:
    """Locust imports ``redis.py`` from a folder as the module ``redis``, whatever else is called so."""
    stems = sorted(path.stem for path in (ROOT / "locustfiles").rglob("*.py"))
    script = (
        "import importlib.util, json, sys\n"
        f"print(json.dumps([stem for stem in {stems!r} if importlib.util.find_spec(stem)]))"
    )
    done = python("-c", script, cwd=tmp_path)
    assert json.loads(done.stdout) == [], done.stderr


def test_no_module_is_a_place_for_everything() -> None:
    folders = (SOURCE, ROOT / "tests", ROOT / "locustfiles", ROOT / "benchmarks")
    named = {path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ""}}
    assert not [shown(path) for path in named - {A_PERSON} if path.stem in HOMELESS]


def test_test_files_have_names_of_their_own() -> None:
    """Without packages, pytest tells test modules apart by their stems."""
    stems = [path.stem for path in (ROOT / "tests").rglob("*.py") if path.stem != "conftest"]
    assert not {stem for stem in stems if stems.count(stem) > 1}


def test_no_file_names_a_folder_of_one_machine() -> None:
    named = {
        shown(path): found[0]
        for path in tracked_files()
        if path != Path(__file__) and (found := _a_place_of_one_machine(path.read_text(errors="replace")))
    }
    assert not named


def _a_place_of_one_machine(text: str) -> list[str]:
    clone = [str(ROOT)] if len(ROOT.parts) > 2 and str(ROOT) in text else []
    return [*clone, *HOME.findall(text)]
