from __future__ import annotations

import os
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clone import ROOT, SOURCE, python, shown

if TYPE_CHECKING:
    import subprocess

SHIPPED = {"locustfiles": "*.py", "slo": "*.yaml"}
PACKAGE_DATA = {".css", ".j2", ".js", ".sql", ".typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built once, from the build tools that are installed and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    done = python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel alone."""
    folder = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--target", str(folder))
    done = python("-m", "pip", "install", *options, str(wheel), cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def python_with(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """An interpreter that sees the installed wheel and our dependencies, and no way back to the clone.

    Without ``site`` no .pth file is read, and such a file is what makes an editable installation.
    """
    paths = (str(installed), *{sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    return python("-S", *arguments, cwd=cwd, PYTHONPATH=os.pathsep.join(paths))


def test_the_only_top_level_names_are_the_package_and_its_metadata(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"preseason"}
    assert len(top) == 2


def test_every_module_and_every_data_file_of_the_package_travels(names: set[str]) -> None:
    wanted = {
        path.relative_to(SOURCE.parent).as_posix()
        for path in SOURCE.rglob("*")
        if path.suffix in PACKAGE_DATA | {".py"}
    }
    assert wanted <= names
    assert "preseason/py.typed" in names


@pytest.mark.parametrize("folder", SHIPPED)
def test_the_files_that_users_edit_in_a_clone_travel_too(folder: str, names: set[str]) -> None:
    working_copies = {path.name for path in (ROOT / folder).glob(SHIPPED[folder])}
    travelling = {
        name.rpartition("/")[2] for name in names if name.startswith(f"preseason/shipped/{folder}/")
    }
    assert working_copies
    assert working_copies <= travelling


def test_nothing_else_travels(names: set[str]) -> None:
    known = PACKAGE_DATA | {".py", ".yaml"}
    package = {Path(name) for name in names if name.startswith("preseason/")}
    assert not {shown(ROOT / path) for path in package if path.suffix not in known}


def test_an_installed_wheel_is_imported_from_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    done = python_with(installed, "-c", "import preseason; print(preseason.__file__)", cwd=tmp_path)
    assert done.stdout.strip() == str(installed / "preseason" / "__init__.py"), done.stderr


def test_an_installed_wheel_answers_on_the_command_line(installed: Path, tmp_path: Path) -> None:
    done = python_with(installed, str(installed / "bin" / "preseason"), "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "gate" in done.stdout


def test_an_installed_wheel_finds_its_own_scenarios_and_objectives(installed: Path, tmp_path: Path) -> None:
    script = (
        "from preseason.campaign import shipped\n"
        "from preseason.slo.reading import read_slo\n"
        "print(shipped.scenarios())\n"
        "print(len(read_slo(shipped.slo_file('release')).objectives))"
    )
    done = python_with(installed, "-c", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    scenarios, objectives = done.stdout.split()
    assert scenarios == str(installed / "preseason" / "shipped" / "locustfiles")
    assert int(objectives) > 0


def test_without_these_precautions_it_would_be_the_clone_that_answers(tmp_path: Path) -> None:
    done = python("-c", "import preseason; print(preseason.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()) == SOURCE / "__init__.py", done.stderr
