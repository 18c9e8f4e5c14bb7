"""The Locust process: ``python -m preseason.traffic`` with the plan in the file that PRESEASON_PLAN names.

It is Locust's own command line with our plugin attached, so that ``--processes``, masters and workers are
Locust's. Standard output carries one JSON object a second; the end of standard input stops the load.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import locust
from locust import main as locust_main

from preseason.traffic import plugin
from preseason.traffic.plan import PLAN_VARIABLE, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator


def arguments(plan: Plan) -> Iterator[str]:
    """Locust's command line for a plan."""
    users = plan.users if plan.model == "open" else max(1, round(plan.stages[0].begin))
    yield from ("-f", ",".join(str(path) for path in (*_own_files(plan), *plan.locustfiles)))
    yield from ("--headless", "--only-summary", "--exit-code-on-error", "0", "--loglevel", "WARNING")
    yield from ("--host", plan.host, "-u", str(users), "-r", f"{plan.spawn_rate:g}")
    if plan.workers:
        yield from ("--master", "--expect-workers", str(plan.workers), "--master-bind-port", str(plan.port))
    elif plan.processes > 1:
        yield from ("--processes", str(plan.processes), "--master-bind-host", "127.0.0.1")
        yield from ("--master-bind-port", str(plan.port), "--master-port", str(plan.port))


def _own_files(plan: Plan) -> Iterator[Path]:
    """What workers on other machines must load besides the scenarios; Locust hands it to ``-f -``."""
    if plan.workers:
        yield Path(__file__).with_name("preseason_worker.py")


def main() -> None:
    """Run Locust with the plan; its exit code says only whether it ran, never how the target did."""
    plan = Plan.model_validate_json(Path(os.environ[PLAN_VARIABLE]).read_bytes())
    if not plan.workers:  # else the file that master and workers share attaches it
        locust.events.init.add_listener(plugin.attach)
    sys.argv = ["locust", *arguments(plan)]
    locust_main.main()


if __name__ == "__main__":
    main()
