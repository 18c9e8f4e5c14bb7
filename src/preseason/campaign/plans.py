"""From the question to the plan: the resolved load that the Locust processes are told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.embedded.server import free_port
from preseason.slo.model import LoadModel, Spacing
from preseason.traffic.arrivals import Rate
from preseason.traffic.plan import Plan

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.options import GateOptions
    from preseason.campaign.question import Question
    from preseason.campaign.target import ReadyTarget

#: Without a bound in the SLO file, users are kept for journeys of up to this length at the peak rate.
JOURNEY_S = 20.0
FEWEST_USERS, MOST_USERS = 20, 1000
#: Journeys that are under way when the load ends may take this long to finish.
DRAIN_S = 30.0
#: Beyond logging in, users may need this long to become ready.
PREPARE_S = 60.0
LOGINS_PER_S = 10.0
#: What journeys of the shipped scenarios take even where answers take no time.
THINKING_S = 5.0


def plan_of(folder: Path, options: GateOptions, question: Question, target: ReadyTarget) -> Plan:
    """The plan of a run that records into ``folder``."""
    load = question.slo.load
    users = users_of(question)
    return Plan(
        run_folder=folder,
        host=target.url,
        model=load.model.value,
        stages=load.stages,
        poisson=load.spacing is Spacing.POISSON,
        seed=load.seed if options.seed is None else options.seed,
        mix=dict(load.mix or {}),
        users=users,
        limits_ms=question.slo.limits_ms,
        cache_header=options.cache_header,
        prepare_timeout_s=PREPARE_S + users / LOGINS_PER_S,
        drain_timeout_s=DRAIN_S,
        locustfiles=options.locustfiles,
        processes=options.processes,
        workers=options.workers,
        # Processes of one machine meet on a port of their own, so that two gates do not meet each other.
        port=options.master_port if options.workers else free_port(),
    )


def users_of(question: Question) -> int:
    """How many users there are: for an open load, the most journeys that may be in flight at once.

    There may be more than accounts: users of one account then take turns at writing.
    """
    load = question.slo.load
    peak = Rate.of(load.stages).peak
    if load.model is LoadModel.CLOSED:
        return math.ceil(peak)
    if load.max_in_flight is not None:
        return load.max_in_flight
    return max(FEWEST_USERS, min(math.ceil(peak * JOURNEY_S), MOST_USERS))


def shortage_of_accounts(question: Question, options: GateOptions) -> str:
    """What to say before a load whose journeys will have to wait for one another's accounts; else nothing.

    Who shares an account takes turns at writing, and waiting for one's turn is not the target's doing.
    """
    load, accounts = question.slo.load, question.traffic.accounts
    needs_accounts = any(user_class.needs_accounts for user_class in question.traffic.classes)
    peak = Rate.of(load.stages).peak
    busy = math.ceil(peak if load.model is LoadModel.CLOSED else peak * THINKING_S)
    if options.users is None or not needs_accounts or accounts >= busy:
        return ""
    return (
        f"about {busy} journeys will be under way at a time, with {accounts} accounts: those of one account "
        f"take turns at writing; more accounts in {options.users} would make a truer load"
    )
