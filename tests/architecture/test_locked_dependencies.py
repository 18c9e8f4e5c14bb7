from __future__ import annotations

import re
import tomllib

import pytest
from clone import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def entries(lock: str) -> dict[str, str]:
    """What a lock file says of each package, by its normalised name; comments and line ends are left out."""
    lines = (line.partition("#")[0].rstrip() for line in (ROOT / lock).read_text().splitlines())
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in lines if line.strip()))
    return {
        canonicalize_name(re.split(r"[\[=<> ;]", entry, maxsplit=1)[0]): entry
        for entry in joined.splitlines()
    }


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_leaves_it_to_the_machine_where_packages_come_from(lock: str) -> None:
    assert not re.findall(
        r"https?:|--(?:extra-)?index-url|--find-links|--trusted-host|^-",
        (ROOT / lock).read_text(),
        re.MULTILINE,
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(lock: str) -> None:
    for name, entry in entries(lock).items():
        assert re.search(r"^[\w.\[\],-]+==[\w.+!-]+", entry), name
        assert "--hash=sha256:" in entry, name


def test_everything_we_depend_on_is_locked() -> None:
    groups = PROJECT["dependency-groups"]
    assert (
        names([*PROJECT["project"]["dependencies"], *groups["build"]]) <= entries("requirements.lock").keys()
    )
    assert names(groups["dev"]) <= entries("requirements-dev.lock").keys()


def test_development_tools_are_locked_to_the_same_versions() -> None:
    run, dev = entries("requirements.lock"), entries("requirements-dev.lock")
    differing = {name for name in run.keys() & dev.keys() if run[name].split()[0] != dev[name].split()[0]}
    assert not differing


def test_the_development_lock_holds_all_of_the_other_one() -> None:
    """`make test` installs the development lock alone."""
    assert entries("requirements.lock").keys() <= entries("requirements-dev.lock").keys()
