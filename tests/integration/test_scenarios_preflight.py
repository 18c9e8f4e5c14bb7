"""The preflight as the campaign starts it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import psycopg
from plain_locust import LOCUSTFILES

from preseason.astral_field.seeding.world import PASSWORD
from preseason.embedded.server import free_port
from preseason.traffic.preflight_model import MIX, PreflightAnswer, PreflightQuestion

if TYPE_CHECKING:
    from pathlib import Path

    from astral_process import AstralField

FOREIGN = """
    from locust import HttpUser, task

    print('{"classes": "none of your business"}')

    class Visitor(HttpUser):
        @task
        def visit(self):
            self.client.get("/")
"""


def ask(
    *locustfiles: Path,
    mix: dict[str, float] | None = None,
    host: str | None = None,
    users_file: Path | None = None,
) -> PreflightAnswer:
    question = PreflightQuestion(
        locustfiles=locustfiles,
        mix=mix or {},
        host=host,
        users_file=users_file,
        check_login=host is not None,
    )
    done = subprocess.run(
        [sys.executable, "-m", "preseason.traffic.preflight"],
        input=question.model_dump_json(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Traceback" not in done.stderr
    return PreflightAnswer.model_validate_json(done.stdout)


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text).lstrip("\n"))
    return path


def users(folder: Path, email: str, password: str = PASSWORD) -> Path:
    return write(folder / "users.csv", f"email,password\n{email},{password}\n")


def test_our_scenarios_are_found_weighed_and_need_accounts() -> None:
    answer = ask(LOCUSTFILES, mix={"league_read": 3, "lineup": 1})
    found = [(each.name, each.scenario, each.weight, each.needs_accounts) for each in answer.classes]
    assert found == [("LeagueRead", "league_read", 0.75, True), ("Lineup", "lineup", 0.25, True)]
    assert answer.problems == ()


def test_a_plain_locust_file_needs_no_accounts_and_may_print(tmp_path: Path) -> None:
    (found,) = ask(write(tmp_path / "site.py", FOREIGN)).classes
    assert (found.name, found.scenario, found.weight, found.needs_accounts) == ("Visitor", "site", 1.0, False)


def test_everything_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    write(folder / "first.py", FOREIGN)
    write(folder / "second.py", FOREIGN)
    broken = write(folder / "third.py", "import locust\n\ndef broken(:\n    pass\n")
    failing = write(folder / "fourth.py", "def fail():\n    raise LookupError('no such thing')\n\nfail()\n")
    users_file = write(tmp_path / "users.csv", "email,password\na@x.org,\nb@x.org,one,two\n")
    missing = tmp_path / "nowhere"

    answer = ask(folder, missing, mix={"first": 1, "frist": 2}, users_file=users_file)

    found = {problem.place: problem.cause for problem in answer.problems}
    assert {problem.kind for problem in answer.problems} == {"input"}
    assert found.pop(str(folder / "second.py")) == f"{folder / 'first.py'} has a user class Visitor too"
    assert found.pop(f"{broken}:3") == "SyntaxError: invalid syntax"
    assert found.pop(f"{failing}:2") == "it cannot be loaded: LookupError: no such thing"
    assert found.pop(str(missing)) == "no Locust file is there"
    assert found.pop("load.mix.frist") == "no scenario or user class is called 'frist'"
    assert found.pop(f"{users_file}:2") == "the password is empty"
    assert found.pop(f"{users_file}:3") == "two fields are expected, not 3"
    assert found == {}


def test_a_file_without_user_classes_is_a_problem(tmp_path: Path) -> None:
    file = write(tmp_path / "nothing.py", "from locust import HttpUser\n")
    (problem,) = ask(file).problems
    assert (problem.place, problem.cause) == (str(file), "there is no Locust user class")


def test_whoever_has_no_tasks_is_a_problem(tmp_path: Path) -> None:
    text = """
        from locust import HttpUser, TaskSet

        class Nothing(TaskSet):
            pass

        class Wanderer(HttpUser):
            tasks = {Nothing: 2}

        class Idler(HttpUser):
            pass
    """
    file = write(tmp_path / "idle.py", text)
    problems = ask(file).problems
    assert {problem.place for problem in problems} == {f"{file}: Nothing", f"{file}: Idler"}
    assert {problem.cause for problem in problems} == {"there are no tasks in it"}


def test_classes_that_all_weigh_nothing_are_a_problem(tmp_path: Path) -> None:
    file = write(tmp_path / "light.py", textwrap.dedent(FOREIGN) + "\n    weight = 0\n")
    for mix, place in (({}, "Visitor"), ({"light": 1.0}, f"{MIX}light")):
        (problem,) = ask(file, mix=mix).problems
        assert (problem.place, problem.cause) == (place, "the weights of its user classes add up to 0")


def test_a_right_password_is_no_problem(astral_field: AstralField, tmp_path: Path) -> None:
    users_file = users(tmp_path, "manager57@astral.example")
    answer = ask(LOCUSTFILES, host=astral_field.url, users_file=users_file)
    assert (answer.accounts, answer.problems) == (1, ())


def test_a_wrong_password_is_tried_once_and_told_by_its_line(
    astral_field: AstralField, tmp_path: Path
) -> None:
    users_file = users(tmp_path, "manager58@astral.example", "not-the-secret")
    (problem,) = ask(LOCUSTFILES, host=astral_field.url, users_file=users_file).problems
    assert (problem.kind, problem.place) == ("refused", f"{users_file}:2")
    assert problem.cause == "the target refused the login of manager58@astral.example"
    assert "not-the-secret" not in problem.model_dump_json()
    with psycopg.connect(astral_field.dsn) as connection:
        statement = "SELECT failed_logins, locked_until FROM users WHERE email = %s"
        assert connection.execute(statement, ("manager58@astral.example",)).fetchall() == [(1, None)]


def test_a_plain_locust_file_logs_nobody_in(tmp_path: Path) -> None:
    file = write(tmp_path / "site.py", FOREIGN)
    nobody_there = f"http://127.0.0.1:{free_port()}"
    assert ask(file, host=nobody_there, users_file=users(tmp_path, "a@x.org")).problems == ()


def test_a_target_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    nobody_there = f"http://127.0.0.1:{free_port()}"
    (problem,) = ask(LOCUSTFILES, host=nobody_there, users_file=users(tmp_path, "a@x.org")).problems
    assert (problem.kind, problem.place) == ("unreachable", nobody_there)


def test_the_messages_are_importable_without_locust() -> None:
    code = "import sys, preseason.traffic.preflight_model; sys.exit('gevent' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
