from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine
from docs_pages import PAGES, ROOT, blocks, commands, complaint, inline_commands
from in_process import InProcess

from preseason.slo.reading import read_slo
from preseason.testing import Traffic, synthetic_run, write_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Commands that need no load and no server.
CHEAP = {"--help", "judge", "report", "show", "slo", "version"}
PLACEHOLDER = re.compile(r"[A-Z]{2,}(\|[A-Z]+)*")
SLO = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\nobjectives: [p95 < 200 ms]\n"


def written(*languages: str) -> Iterator[tuple[str, list[str]]]:
    """Every command of the pages' code blocks, with the place it stands at."""
    for page in PAGES:
        for block in blocks(page, *languages):
            for words in commands(block):
                yield str(block), words


OURS = [(place, words) for place, words in written("sh", "console") if words[0] == "preseason"]
IN_TEXT = [
    (str(page.relative_to(ROOT)), words)
    for page in PAGES
    if page.name != "manual.md"  # it names what is not built too, and has a test of its own
    for words in inline_commands(page)
]


def test_there_are_commands_to_check() -> None:
    assert len(OURS) > 10


@pytest.mark.parametrize(
    ("place", "words"), [*OURS, *IN_TEXT], ids=lambda it: it if isinstance(it, str) else ""
)
def test_a_documented_command_is_accepted_by_the_command_line(place: str, words: list[str]) -> None:
    assert not complaint(words), f"{place}: {' '.join(words)}"


@pytest.mark.parametrize(
    "words", sorted({tuple(words) for _, words in written("sh", "console") if words[0] == "make"})
)
def test_a_documented_target_is_in_the_makefile(words: tuple[str, ...]) -> None:
    targets = {word for word in words[1:] if "=" not in word}
    assert targets <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", page.read_text())
    local = [link for link in links if "://" not in link]
    assert not [link for link in local if not (page.parent / link).exists()]


def test_the_readme_shows_the_objectives_that_a_gate_judges() -> None:
    shown = "\n".join(block.text for block in blocks(ROOT / "README.md", "console"))
    objectives = read_slo(ROOT / "slo" / "release.yaml").objectives
    assert not [objective.name for objective in objectives if f"  {objective.name} " not in shown]


@pytest.fixture(scope="module")
def after_a_gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as after a gate: a run in ``reports/``, which was judged, and our SLO files in ``slo/``."""
    folder = tmp_path_factory.mktemp("after-a-gate")
    run = synthetic_run(60, [Traffic.steady(60, 20, 12.0)])
    write_run(folder / "reports" / run.manifest.run_id, run, SLO)
    shutil.copytree(ROOT / "slo", folder / "slo")
    assert InProcess(folder)("judge", "latest").exit_code == 0
    return folder


@pytest.fixture
def folder_with_a_run(after_a_gate: Path, tmp_path: Path) -> Path:
    return shutil.copytree(after_a_gate, tmp_path, dirs_exist_ok=True)


@pytest.mark.parametrize(
    "words",
    sorted(
        {
            tuple(words)
            for _, words in OURS
            if set(words[1:2]) <= CHEAP and not any(map(PLACEHOLDER.fullmatch, words))
        }
    ),
    ids=" ".join,
)
def test_a_documented_command_that_needs_no_load_does_its_work(
    words: tuple[str, ...], folder_with_a_run: Path
) -> None:
    said = CommandLine(folder_with_a_run)(*words[1:])
    # A judgement under other objectives may well find no data; that is its work too.
    assert said.exit_code in {0, 3}, said.all
    assert said.output
