from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from preseason.campaign.observer import Progress
from preseason.campaign.options import Addresses, GateOptions
from preseason.campaign.plans import plan_of, shortage_of_accounts, users_of
from preseason.campaign.question import Question
from preseason.campaign.target import ReadyTarget, gather
from preseason.cli.asked import without_secrets
from preseason.cli.live import facts_of
from preseason.errors import BadInputError, ExitCode, Problem, UnreachableError, worst
from preseason.slo.reading import parse_slo
from preseason.traffic.preflight_model import PreflightAnswer, UserClass


def question(load: str) -> Question:
    slo = parse_slo(f"load: {load}\nobjectives: [errors < 1 %]\n", "slo.yaml")
    return Question(slo, PreflightAnswer(), None, ())


@pytest.mark.parametrize(
    ("load", "users"),
    [
        ("{model: closed, users: 30, duration: 10s}", 30),
        ("{model: closed, stages: [{hold: 5s, users: 3}, {ramp: 5s, to: 9}]}", 9),
        ("{model: open, rate: 10/s, duration: 10s}", 200),
        ("{model: open, rate: 10/s, duration: 10s, max_in_flight: 7}", 7),
        ("{model: open, rate: 1000/s, duration: 10s}", 1000),
        ("{model: open, rate: 0.1/s, duration: 100s}", 20),
    ],
)
def test_users_are_as_many_as_asked_or_as_the_peak_may_need(load: str, users: int) -> None:
    assert users_of(question(load)) == users


@pytest.mark.parametrize(
    ("load", "accounts", "needs_accounts", "said"),
    [
        ("{model: open, rate: 10/s, duration: 10s}", 49, True, "about 50 journeys"),
        ("{model: open, rate: 10/s, duration: 10s}", 50, True, ""),
        ("{model: open, rate: 10/s, duration: 10s}", 2, False, ""),
        ("{model: closed, users: 30, duration: 10s}", 20, True, "with 20 accounts"),
    ],
)
def test_too_few_accounts_are_told_before_the_load(
    load: str,
    accounts: int,
    needs_accounts: bool,  # noqa: FBT001 - a parameter
    said: str,
) -> None:
    shopper = UserClass(name="Shopper", scenario="shop", weight=1.0, needs_accounts=needs_accounts)
    asked = replace(question(load), traffic=PreflightAnswer(classes=(shopper,), accounts=accounts))
    options = GateOptions(Path("slo.yaml"), Path(), (), "", users=Path("users.csv"))
    remark = shortage_of_accounts(asked, options)
    assert said in remark
    assert bool(remark) == bool(said)
    assert not shortage_of_accounts(asked, replace(options, users=None))


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["preseason", "gate", "--slo", "a b.yaml"], "preseason gate --slo 'a b.yaml'"),
        (["preseason", "gate", "--postgres", "postgresql://u:pw@h/d"], "preseason gate --postgres …"),
        (["preseason", "gate", "--redis=redis://:pw@h", "-q"], "preseason gate --redis=… -q"),
        (["preseason", "gate", "--pgbouncer", "postgresql://u:pw@h"], "preseason gate --pgbouncer …"),
        (["preseason", "gate", "--target", "http://u:pw@h/a"], "preseason gate --target http://h/a"),
        (["preseason", "gate", "--target=http://u:pw@h/a"], "preseason gate --target=http://h/a"),
        (["preseason", "gate", "--target", "http://u:p/w@h"], "preseason gate --target '(not shown)'"),
        (["preseason", "gate", "--fault", "slow-query@30s"], "preseason gate --fault slow-query@30s"),
        (["preseason", "gate", "--fault=slow-query@30s"], "preseason gate --fault=slow-query@30s"),
    ],
)
def test_the_command_is_shown_without_what_may_be_secret(argv: list[str], shown: str) -> None:
    assert without_secrets(argv) == shown


def test_options_do_not_show_the_addresses_they_hold() -> None:
    secret = "postgresql://u:sekret@h/d"
    addresses = Addresses(secret, secret, secret, (f"db={secret}",), secret, secret)
    assert "sekret" not in repr(GateOptions(Path("slo.yaml"), Path(), (), "", addresses=addresses))


def test_the_load_is_told_which_header_speaks_of_the_cache() -> None:
    options = GateOptions(Path("slo.yaml"), Path(), (), "", cache_header="CF-Cache-Status")
    target = ReadyTarget("http://127.0.0.1", "remote")

    plan = plan_of(Path(), options, question("{model: closed, users: 3, duration: 10s}"), target)

    assert plan.cache_header == "CF-Cache-Status"


def test_what_is_wrong_outweighs_what_cannot_be_reached_and_nothing_is_left_out() -> None:
    wrong, away = BadInputError(Problem("typo")), UnreachableError(Problem("away"))

    with pytest.raises(BadInputError) as raised:
        gather(away, None, wrong)

    assert [problem.cause for problem in raised.value.problems] == ["away", "typo"]


def test_only_unreachable_things_are_unreachable() -> None:
    with pytest.raises(UnreachableError):
        gather(UnreachableError(Problem("away")))
    gather(None, None)


def test_of_several_exit_codes_the_weightiest_is_told_and_none_is_not_a_pass() -> None:
    assert worst([ExitCode.PASS, ExitCode.UNDECIDED, ExitCode.FAILED]) is ExitCode.FAILED
    assert worst([ExitCode.FAILED, ExitCode.INVALID]) is ExitCode.INVALID
    assert worst([ExitCode.BAD_INPUT, ExitCode.UNREACHABLE]) is ExitCode.BAD_INPUT
    assert worst([]) is ExitCode.UNDECIDED


def test_progress_that_is_not_known_is_shown_as_a_dash() -> None:
    facts = dict(facts_of(Progress()))

    assert facts["hit rate"] == facts["p95"] == facts["time left"] == "–"


def test_the_time_left_has_no_sixtieth_second() -> None:
    assert dict(facts_of(Progress(duration_s=70.0, elapsed_s=10.1)))["time left"] == "1:00"


def test_progress_takes_rates_from_the_seconds_they_were_counted_in() -> None:
    told = {"phase": "load", "requests": 120, "errors": 2, "seconds": 2, "p95_ms": 8.0, "duration_s": 60}

    progress = Progress().with_traffic(told)

    assert (progress.requests_rate, progress.errors_rate) == (60.0, 1.0)


def test_the_shipped_files_of_a_clone_are_its_working_copies() -> None:
    from preseason.campaign import shipped  # noqa: PLC0415 - the path is what is tested

    root = Path(__file__).resolve().parents[2]
    assert shipped.slo_file("release") == root / "slo" / "release.yaml"
    assert shipped.scenarios() == root / "locustfiles"
