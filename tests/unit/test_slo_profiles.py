"""The load profiles that ship: each can be run, and says what of it is an assumption."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from preseason.campaign import shipped
from preseason.errors import BadInputError
from preseason.slo.ahead.autoscaling import is_autoscaling
from preseason.slo.alerts.reading import is_alert_policy
from preseason.slo.quantities import duration_s
from preseason.slo.reading import read_slo

#: Alert policies, scaling triggers and platforms to be simulated are no profiles.
PROFILES = sorted(
    path
    for path in (Path(__file__).resolve().parents[2] / "slo").glob("*.yaml")
    if not is_alert_policy(path.read_text()) and not is_autoscaling(path.read_text())
)
NAMES = {"capacity", "kickoff", "nightly", "quick", "release", "waivers"}
UNITS = {"s": "s", "minutes": "min", "hours": "h"}

each_profile = pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)


def comments(path: Path) -> str:
    """Everything that is said beside the YAML, in one line."""
    return " ".join(re.findall(r"(?:^|\s)#\s*(.*)$", path.read_text(), re.MULTILINE))


def test_every_named_profile_ships() -> None:
    assert {path.stem for path in PROFILES} >= NAMES


@each_profile
def test_a_profile_is_accepted_and_named_like_its_file(path: Path) -> None:
    slo = read_slo(path)

    assert slo.name == path.stem
    assert any(objective.required for objective in slo.objectives)


@each_profile
def test_a_profile_mixes_scenarios_that_there_are(path: Path) -> None:
    assert set(read_slo(path).load.mix or {}) <= {file.stem for file in shipped.scenarios().glob("*.py")}


@each_profile
def test_a_profile_says_that_its_shape_is_assumed_and_why(path: Path) -> None:
    said = comments(path)

    assert "assumption" in said
    assert re.search(r"[Nn]obody has published|not known", said)


@pytest.mark.parametrize("name", sorted(NAMES - {"release"}))
def test_a_profile_lasts_as_long_as_it_says(name: str) -> None:
    path = shipped.slo_file(name)
    told = re.search(r"Lasts (\d+) (\w+)\.", comments(path))

    assert told, "say how long it lasts"
    assert read_slo(path).load.duration_s == duration_s(told[1] + UNITS[told[2]])


def test_the_kickoff_peaks_before_the_lock_and_falls_after_it() -> None:
    stages = read_slo(shipped.slo_file("kickoff")).load.stages
    peak = max(stages, key=lambda stage: stage.end)

    assert peak.kind == "spike"
    assert stages[-1].kind == "hold"
    assert stages[-1].end < peak.end / 2


def test_a_bare_name_means_one_of_ours_and_no_name_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert shipped.find_slo(Path("kickoff")) == shipped.slo_file("kickoff")
    assert shipped.find_slo(None) == shipped.slo_file("release")


@pytest.mark.parametrize("given", ["kickoff.yaml", "slo/kickoff", "./missing.yaml"])
def test_a_path_means_that_file_whether_it_is_there_or_not(given: str) -> None:
    assert shipped.find_slo(Path(given)) == Path(given)


def test_a_file_of_the_users_own_goes_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kickoff").touch()

    assert shipped.find_slo(Path("kickoff")) == Path("kickoff")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInputError) as raised:
        shipped.find_slo(Path("kickof"))

    (problem,) = raised.value.problems
    assert problem.place == "kickof"
    assert all(name in problem.remedy for name in NAMES)
