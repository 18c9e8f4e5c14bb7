from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from commandline import CommandLine
from in_process import InProcess
from ruamel.yaml import YAML

from preseason.testing import Traffic, arrivals_table, samples_table, synthetic_run, write_run

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 600
SLO = "version: 1\nload: {model: open, rate: 10/s, duration: 600s, warmup: 0s}\nobjectives: [p95 < 200 ms]\n"
RULES = "scaling:\n  - cpu > 50 % lasting 1m\n  - cpu > 80 % lasting 5m\n  - errors > 5 % over 5m\n"


@pytest.fixture
def preseason(tmp_path: Path) -> InProcess:
    """With two runs on disk: one whose CPU rises until users suffer, one that is well."""
    second = np.repeat(np.arange(SECONDS), 10)
    cpu = np.linspace(0, 1, SECONDS)
    for name, slow, used in (("overload", second >= 400, cpu), ("healthy", second < 0, cpu / 3)):
        run = synthetic_run(
            SECONDS,
            [Traffic.of(second, np.where(slow, 3000.0, 50.0))],
            arrivals=arrivals_table([10] * SECONDS),
            samples=(samples_table({("host", "cpu"): used, ("host", "memory"): used / 2}),),
        ).changed(run_id=name)
        folder = tmp_path / "reports" / name
        folder.mkdir(parents=True)
        write_run(folder, run, SLO)
    (tmp_path / "rules.yaml").write_text(RULES)
    return InProcess(tmp_path)


def test_triggers_are_told_to_be_in_time_late_or_silent(preseason: InProcess) -> None:
    command = CommandLine(preseason.folder)
    said = command("triggers", "overload", "--rules", "rules.yaml", "--scale-up", "30s", "--json")
    assert said.exit_code == 0, said.all
    answer = json.loads(said.output)
    early, cautious, errors = answer["triggers"]
    assert (early["timing"], cautious["timing"], errors["timing"]) == ("in time", "never", "never")
    assert early["lead_s"] == pytest.approx(39, abs=2)
    assert (early["lost"], errors["lost"]) == (0, 2000)
    assert answer["scale_up_s"] == 30


def test_triggers_that_are_all_too_late_fail(preseason: InProcess) -> None:
    said = preseason("triggers", "overload", "--rules", "rules.yaml", "--scale-up", "2m")
    assert said.exit_code == 1
    assert "p95 < 200 ms broke 6:40 into 10 min of load" in said.output.replace("\u202f", " ")
    assert "late: it fires, but users suffer before new instances serve" in said.output


def test_a_better_trigger_is_recommended_over_several_runs(preseason: InProcess) -> None:
    rules = ("--rules", "rules.yaml", "--lead", "60s", "--json")
    answer = json.loads(preseason("triggers", "overload", "healthy", *rules).output)
    advice = answer["recommended"]["cpu > 80 % lasting 5m"]
    assert advice["lead_s"] >= 60
    assert answer["recommended"]["errors > 5 % over 5m"] is None


def test_the_manuals_triggers_say_how_long_a_run_must_be(preseason: InProcess) -> None:
    said = preseason("triggers", "healthy")
    assert "mean > 2 s over 10m" in said.output
    assert said.exit_code == 0
    compressed = preseason("triggers", "overload", "--time-scale", "20")
    assert "times of triggers are divided by 20" in compressed.output
    assert compressed.output.count("times ÷ 20") >= 4


@pytest.mark.parametrize(
    ("machinery", "kind"),
    [("hpa", "HorizontalPodAutoscaler"), ("keda", "ScaledObject"), ("prometheus", None)],
)
def test_triggers_are_written_for_machinery(preseason: InProcess, machinery: str, kind: str | None) -> None:
    said = preseason("triggers", "healthy", "--emit", machinery)
    assert said.exit_code == 0
    document = YAML(typ="safe").load(said.output)
    assert document.get("kind") == kind
    assert kind or len(document["groups"][0]["rules"]) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere",), "no such run"),
        (("healthy", "--scale-up", "soon"), "--scale-up soon"),
        (("healthy", "--rules", "slo.yaml"), "slo.yaml"),
        (("healthy", "--rules", "alerts.yaml"), "holds no scaling trigger"),
    ],
)
def test_what_cannot_be_asked_is_refused(preseason: InProcess, words: tuple[str, ...], told: str) -> None:
    (preseason.folder / "alerts.yaml").write_text("critical: [errors > 5 % over 5m]\n")
    said = preseason("triggers", *words)
    assert said.exit_code == 2
    assert told in said.all


def test_all_mistakes_are_told_at_once(preseason: InProcess) -> None:
    said = preseason(
        "triggers", "nowhere", "--rules", "none.yaml", "--slo", "no.yaml", "--scale-up", "soon",
        "--lead", "-3s", "--emit", "keda", "--json", "--html", "a.html",
    )  # fmt: skip
    assert said.exit_code == 2
    for told in (
        "nowhere: no such run",
        "none.yaml",
        "no.yaml",
        "--scale-up soon",
        "--lead -3s",
        "--json",
        "--html",
    ):
        assert told in said.all
    said = preseason("triggers", "simulate", "none.yaml", "--scale-up", "soon", "--min", "9", "--max", "3")
    assert said.exit_code == 2
    for told in ("none.yaml", "--scale-up soon", "--min, --max"):
        assert told in said.all


def test_nothing_to_write_for_a_machinery_is_no_success(preseason: InProcess) -> None:
    (preseason.folder / "errors.yaml").write_text("scaling: [errors > 5 % over 5m]\n")
    said = preseason("triggers", "--emit", "hpa", "--rules", "errors.yaml")
    assert said.exit_code == 2
    assert "is no resource of a pod" in said.all


def test_what_a_rehearsal_recommends_says_so_where_it_is_written(preseason: InProcess) -> None:
    said = preseason("triggers", "overload", "--lead", "5s", "--time-scale", "2", "--emit", "prometheus")
    assert said.exit_code == 0, said.all
    first = said.output.splitlines()[0].replace("\u202f", " ")
    assert first == (
        "# Recommended for a lead of 5 s by overload, a rehearsal with times ÷ 2; "
        "none of them went well, so that false alarms were not tried."
    )


def test_the_report_is_written_as_a_page_and_as_markdown(preseason: InProcess) -> None:
    said = preseason(
        "triggers", "backtest", "overload", "healthy", "--rules", "rules.yaml", "--scale-up", "30s",
        "--lead", "60s", "--html", "report.html", "--markdown", "report.md",
    )  # fmt: skip
    assert said.exit_code == 0, said.all
    assert "recommended" in (preseason.folder / "report.html").read_text()
    assert (preseason.folder / "report.md").read_text().startswith("## Scaling triggers: in time")
    refused = preseason("triggers", "healthy", "--html", "nowhere/report.html")
    assert refused.exit_code == 2
    assert "--html nowhere/report.html" in refused.all


def test_recommended_triggers_are_written_for_machinery_and_rules_need_no_run(preseason: InProcess) -> None:
    written = preseason("triggers", "overload", "healthy", "--lead", "60s", "--emit", "prometheus")
    assert written.exit_code == 0, written.all
    assert "cpu > 80 %" not in written.output
    assert "cpu > " in written.output
    (preseason.folder / "reports").rename(preseason.folder / "elsewhere")
    assert preseason("triggers", "--emit", "keda").exit_code == 0


PLATFORM = """\
load: {model: open, stages: [{hold: 3m, rate: 16/s}, {ramp: 1m, to: 60/s}, {hold: 4m}], seed: 2}
limit: 500 ms
platform: {service: 100 ms, servers: 2}
instances: {least: 1, most: 5, arrive_after: 30s, add: 2}
scaling: [cpu > 97 % over 30s]
"""


def test_an_autoscaled_platform_is_simulated(preseason: InProcess) -> None:
    (preseason.folder / "platform.yaml").write_text(PLATFORM)
    said = preseason(
        "triggers", "simulate", "platform.yaml", "--json", "--html", "page.html", "--beyond", "50"
    )
    assert said.exit_code == 0, said.all
    answer = json.loads(said.output)
    ordered = [one for one in answer["changes"] if one["step"] == "ordered"]
    served = [one for one in answer["changes"] if one["step"] == "serves"]
    assert ordered[0]["at_s"] + 30 == served[0]["at_s"]
    assert answer["instance_seconds"] > 8 * 60
    (figure, *_) = answer["theory"][0]["figures"]
    assert figure["theory"] == pytest.approx(0.711111, abs=1e-6)
    assert (preseason.folder / "page.html").stat().st_size > 10_000
    alone = preseason("triggers", "simulate", "platform.yaml", "--max", "1")
    assert alone.exit_code == 1
    refused = preseason("triggers", "simulate", "platform.yaml", "--min", "9")
    assert refused.exit_code == 2
