"""Where preseason meets Locust: once its environment exists, the parts of a run take their places in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
from gevent.socket import wait_read
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from preseason.traffic.conductor import Conductor
from preseason.traffic.driver import Driver
from preseason.traffic.plan import PLAN_VARIABLE, Plan
from preseason.traffic.scenarios import weigh

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner

_WEIGHT_SCALE = 10_000


def attach(environment: Environment, runner: Runner, **_: object) -> None:
    """Listener of Locust's ``init`` event; does nothing in a Locust that preseason did not start."""
    if not (path := os.environ.get(PLAN_VARIABLE)):
        return
    plan = Plan.model_validate_json(Path(path).read_bytes())
    _apply_mix(environment, plan)
    if isinstance(runner, LocalRunner | WorkerRunner):
        Driver(plan, environment, runner)
    if isinstance(runner, LocalRunner | MasterRunner):
        conductor = Conductor(plan, environment, runner)
        gevent.spawn(_stop_at_end_of_input, conductor)


def _apply_mix(environment: Environment, plan: Plan) -> None:
    """Let Locust deal out users as the mix weighs their journeys; classes without a share get no users."""
    weights = weigh(environment.user_classes, plan.mix)
    environment.user_classes = [user_class for user_class, weight in weights.items() if weight > 0]
    for user_class in environment.user_classes:
        user_class.fixed_count = 0
        user_class.weight = max(1, round(weights[user_class] * _WEIGHT_SCALE))


def _stop_at_end_of_input(conductor: Conductor) -> None:
    """Our caller closes our input to stop us, and dies with it: either way the run ends here."""
    descriptor = sys.stdin.fileno()
    while True:
        wait_read(descriptor)
        if not os.read(descriptor, 4096):
            break
    conductor.ask_to_stop()
