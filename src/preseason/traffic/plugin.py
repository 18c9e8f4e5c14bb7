"""Where preseason meets Locust: once its environment exists, the parts of a run take their places in it."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
from gevent.socket import wait_read
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from preseason.traffic.conductor import Conductor
from preseason.traffic.driver import Driver
from preseason.traffic.messages import Join
from preseason.traffic.plan import PLAN_VARIABLE, Plan
from preseason.traffic.scenarios import Cast, cast_of
from preseason.traffic.staffing import staffing

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner

_WEIGHT_SCALE = 10_000
#: The option under which a master's plan reaches its workers.
_JOIN = "preseason_join"


def attach(environment: Environment, runner: Runner, **_: object) -> None:
    """Listener of Locust's ``init`` event; does nothing in a Locust that preseason did not start.

    A worker is told the plan by its master, wherever it runs: Locust hands a master's options to its
    workers before their users are created.
    """
    if isinstance(runner, WorkerRunner):
        environment.events.test_start.add_listener(partial(_join, runner))
    elif (path := os.environ.get(PLAN_VARIABLE)) and isinstance(runner, LocalRunner | MasterRunner):
        _conduct(Plan.model_validate_json(Path(path).read_bytes()), environment, runner)


def _conduct(plan: Plan, environment: Environment, runner: LocalRunner | MasterRunner) -> None:
    cast = _assign(environment, plan)
    conductor = Conductor(plan, environment, runner)
    if isinstance(runner, LocalRunner):
        Driver(plan, cast, environment, runner)
    else:
        setattr(environment.parsed_options, _JOIN, Join(plan, cast).packed())
    gevent.spawn(_listen, conductor)


def _join(runner: WorkerRunner, environment: Environment, **_: object) -> None:
    if told := getattr(environment.parsed_options, _JOIN, None):
        join = Join.unpacked(told)
        Driver(join.plan, join.cast, environment, runner)


def _assign(environment: Environment, plan: Plan) -> Cast:
    """Let Locust deal out users as the mix weighs their journeys; classes without a share get no users."""
    cast = {
        name: part for name, part in cast_of(environment.user_classes, plan.mix).items() if part.share > 0
    }
    environment.user_classes = [c for c in environment.user_classes if c.__name__ in cast]
    shares = {name: part.share for name, part in cast.items()}
    users = staffing(shares) if plan.model == "open" else shares
    for user_class in environment.user_classes:
        user_class.fixed_count = 0
        user_class.weight = max(1, round(users[user_class.__name__] * _WEIGHT_SCALE))
    return cast


def _listen(conductor: Conductor) -> None:
    """A line of input ends the load in order. Our caller closes our input to stop us, and dies with it."""
    descriptor = sys.stdin.fileno()
    while True:
        wait_read(descriptor)
        if not os.read(descriptor, 4096):
            break
        conductor.ask_to_end()
    conductor.ask_to_stop()
