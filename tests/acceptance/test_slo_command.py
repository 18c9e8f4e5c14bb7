from __future__ import annotations

import json
from contextlib import chdir
from typing import TYPE_CHECKING

import numpy as np
import pytest
from check_jsonschema import main as check_jsonschema
from commandline import CommandLine
from docs_pages import ROOT
from in_process import InProcess

from preseason.slo.ahead.autoscaling import is_autoscaling
from preseason.slo.alerts.reading import is_alert_policy
from preseason.slo.reading import read_slo
from preseason.testing import Traffic, synthetic_run, write_run

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = sorted((ROOT / "slo").glob("*.yaml"))
POLICIES = [path for path in SHIPPED if is_alert_policy(path.read_text())]
PLATFORMS = [path for path in SHIPPED if is_autoscaling(path.read_text())]
PROFILES = [path for path in SHIPPED if path not in [*POLICIES, *PLATFORMS]]
SLO = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\nobjectives: [errors < 1 %]\n"


@pytest.fixture
def preseason(tmp_path: Path) -> InProcess:
    return InProcess(tmp_path)


def test_lint_accepts_what_ships_and_says_the_manuals_contradictions(tmp_path: Path) -> None:
    said = CommandLine(tmp_path)("slo", "lint", *SHIPPED)

    assert said.exit_code == 0, said.all
    assert "error:" not in said.all
    assert "'mean > 2 s' is asked over 5m (critical) and over 10m (scaling)" in said.output
    assert "'redis.hit_rate > 90 %' is missed and no alert fires between 90 % and 80 %" in said.output


def test_lint_tells_every_mistake_of_every_file_and_exits_with_2(preseason: InProcess) -> None:
    (preseason.folder / "a.yaml").write_text(
        "load: {model: open, rate: 2, duration: 9s}\nobjectives: [p95 < 2]\n"
    )
    (preseason.folder / "b.yaml").write_text("critical: [errors < 5 % over 5m]\n")

    said = preseason("slo", "lint", "a.yaml", "b.yaml", "missing.yaml", "--json")

    remarks = json.loads(said.output)
    assert said.exit_code == 2
    assert [remark["place"] for remark in remarks if remark["severity"] == "error"] == [
        "b.yaml:1:21",
        "a.yaml:1:27",
        "a.yaml:2:20",
        "missing.yaml",
    ]
    assert all(set(remark) == {"severity", "place", "cause", "remedy"} for remark in remarks)


def test_explain_says_how_sure_an_objective_is_and_what_it_takes(preseason: InProcess) -> None:
    said = preseason("slo", "explain", "quick")

    assert said.exit_code == 0, said.all
    told = " ".join(said.output.split())
    assert "At least 95 % of all requests are answered well within 200 ms" in told
    assert "at least 59 independent requests" in told
    assert "It is advisory" in told


def checked(folder: Path, *arguments: str | Path) -> int:
    """The exit code of ``check-jsonschema`` in ``folder``; what it says is shown with a failure."""
    with chdir(folder), pytest.raises(SystemExit) as ended:
        check_jsonschema(list(map(str, arguments)))
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("of", "files"), [("slo", PROFILES), ("alerts", POLICIES), ("autoscaling", PLATFORMS)]
)
def test_the_schema_accepts_what_ships(of: str, files: list[Path], preseason: InProcess) -> None:
    (preseason.folder / "schema.json").write_text(preseason("slo", "schema", "--of", of).output)

    assert checked(preseason.folder, "--check-metaschema", "schema.json") == 0
    assert checked(preseason.folder, "--schemafile", "schema.json", *files) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        SLO + "nam: a\n",
        SLO.replace("open", "opne"),
        SLO.replace("60s", "60"),
        SLO.replace("errors < 1 %", "{objective: errors < 1 %, severity: P9}"),
        SLO.replace("errors < 1 %", ""),
        SLO.replace("rate: 20/s, duration: 60s", "stages: [{hop: 5s}]"),
    ],
)
def test_the_schema_refuses_what_we_refuse(wrong: str, preseason: InProcess) -> None:
    (preseason.folder / "wrong.yaml").write_text(wrong)
    (preseason.folder / "schema.json").write_text(preseason("slo", "schema").output)

    assert preseason("slo", "lint", "wrong.yaml").exit_code == 2
    assert checked(preseason.folder, "--schemafile", "schema.json", "wrong.yaml") == 1


def test_what_is_exported_as_openslo_is_imported_again(preseason: InProcess) -> None:
    exported = preseason("slo", "export", "release", "--openslo")
    (preseason.folder / "openslo.yaml").write_text(exported.output)
    imported = preseason("slo", "import", "openslo.yaml")
    (preseason.folder / "back.yaml").write_text(imported.output)

    assert (exported.exit_code, imported.exit_code) == (0, 0), exported.errors + imported.errors
    assert "postgres.connections < 80 %" in exported.errors
    there, back = read_slo(ROOT / "slo" / "release.yaml"), read_slo(preseason.folder / "back.yaml")
    assert back.objectives == tuple(one for one in there.objectives if one.indicator.source != "postgres")


def test_an_import_that_would_promise_less_takes_a_second_word(preseason: InProcess) -> None:
    exported = preseason("slo", "export", "release", "--openslo").output
    (preseason.folder / "openslo.yaml").write_text(exported.replace("Occurrences", "Timeslices", 1))

    refused = preseason("slo", "import", "openslo.yaml")
    assert (refused.exit_code, refused.output) == (2, "")
    assert "p95-200-ms" in refused.errors
    assert preseason("slo", "import", "openslo.yaml", "--partial").exit_code == 0


def test_an_export_must_be_told_its_language(preseason: InProcess) -> None:
    assert preseason("slo", "export", "release").exit_code == 2
    assert "groups:" in preseason("slo", "export", "release", "--prometheus").output


def test_a_run_is_asked_about_the_alerts_of_a_policy(preseason: InProcess) -> None:
    seconds = np.repeat(np.arange(120), 10)
    run = synthetic_run(120, [Traffic.of(seconds, 10.0, (seconds < 60) | (np.arange(1200) % 5 > 0))])
    folder = write_run(preseason.folder / "reports" / run.manifest.run_id, run, SLO)
    (preseason.folder / "alerts.yaml").write_text("critical: [errors > 5 % over 1m]\n")

    said = preseason("judge", "latest", "--alerts", "alerts.yaml")
    (alert,) = json.loads((folder / "verdict.json").read_text())["alerts"]

    assert "alert: critical errors > 5 % over 1m fired" in said.output
    assert (alert["state"], alert["burn_rates"]) == ("FIRED", {"errors < 1 %": 5.0})
    manual = preseason("judge", "latest")
    asked = json.loads((folder / "verdict-2.json").read_text())["alerts"]
    assert {one["state"] for one in asked} == {"QUIET", "FIRED", "NOT_EVALUABLE"} - {"QUIET", "FIRED"}, (
        manual.all
    )


def test_a_name_that_is_no_file_is_told_as_it_was_written(preseason: InProcess) -> None:
    said = preseason("slo", "explain", "relaese")

    assert said.exit_code == 2
    assert "preseason: relaese: there is no such SLO file" in said.errors
    assert "--slo" not in said.errors
