from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
from docs_pages import variables_of
from ruamel.yaml import YAML

from preseason.cli.app import app

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return YAML(typ="safe").load(FILE)["services"]


def test_it_is_a_valid_compose_file() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", FILE]
    outcome = subprocess.run(check, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_it_has_the_platform_its_servers_and_the_gate(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "redis", "platform", "gate"}


def test_who_waits_for_a_healthy_service_waits_for_one_that_tells_its_health(
    services: dict[str, Any],
) -> None:
    waits = [
        (waiting, awaited, how["condition"])
        for waiting, service in services.items()
        for awaited, how in service.get("depends_on", {}).items()
    ]
    assert waits
    for waiting, awaited, condition in waits:
        assert condition == "service_healthy", f"{waiting} does not wait until {awaited} is ready"
        assert "healthcheck" in services[awaited], f"{awaited} cannot become healthy"


@pytest.mark.parametrize("service", ["platform", "gate"])
def test_every_command_and_option_in_it_exists(services: dict[str, Any], service: str) -> None:
    command, *words = services[service]["command"]
    known = typer.main.get_command(app).commands[command]
    options = {name: option for option in known.params for name in option.opts}
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    assert set(given) <= set(options)
    assert set(services[service]["environment"]) <= variables_of(known)


def test_no_secret_but_the_throw_away_one_is_in_it() -> None:
    passwords = [line for line in FILE.read_text().splitlines() if "PASSWORD" in line]
    assert passwords
    assert all("${PRESEASON_DB_PASSWORD:-throw-away}" in line for line in passwords)


def test_our_own_services_have_no_privileges(services: dict[str, Any]) -> None:
    for name in ("platform", "gate"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["user"].startswith("${PRESEASON_UID:-1000}")


def test_the_image_is_installed_from_the_lock_and_runs_as_an_ordinary_user() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in dockerfile
    final_stage = dockerfile.rpartition("FROM ")[2]
    assert "USER preseason" in final_stage


def test_the_image_gets_whatever_its_build_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    assert {"pyproject.toml", "requirements.lock", "src", "locustfiles", "slo"} <= set(kept)
    assert all((ROOT / path).exists() for path in kept)
