"""Looks at traffic before it is made: ``python -m preseason.traffic.preflight``.

Reads a :class:`PreflightQuestion` from standard input and prints a :class:`PreflightAnswer`, both as JSON. A
process of its own, because Locust files are anybody's code and bring Locust with them.
"""

from __future__ import annotations

import sys
import traceback
from contextlib import redirect_stdout
from time import perf_counter
from typing import TYPE_CHECKING, Final

from locust import TaskSet
from locust.util.directory import get_abspaths_in
from locust.util.load_locustfile import load_locustfile

from preseason.errors import BadInputError, Problem
from preseason.traffic.accounts import read_accounts, reference_accounts
from preseason.traffic.astral.api import Api, LoginRefusedError, RequestFailedError
from preseason.traffic.client import FailureKind, HttpSession, Timeouts
from preseason.traffic.client import RequestFailedError as ClientError
from preseason.traffic.client.dial import dial
from preseason.traffic.client.origin import Origin
from preseason.traffic.client.tls import tls_context
from preseason.traffic.preflight_model import PreflightAnswer, PreflightProblem, PreflightQuestion, UserClass
from preseason.traffic.scenarios import cast_of
from preseason.traffic.user import LeanUser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Literal

    from locust import User

    from preseason.traffic.accounts import Account

LOGIN_TIMEOUTS: Final = Timeouts(connect_s=5.0, read_s=10.0, total_s=10.0)
#: Failures of a target that is there; all others mean that it is not.
_ANSWERED: Final = frozenset({FailureKind.STATUS_4XX, FailureKind.STATUS_5XX, FailureKind.CONTENT})


class Preflight:
    """Answers one question; goes on after a problem, to find all of them."""

    def __init__(self, question: PreflightQuestion) -> None:
        self._question = question
        self._problems: list[PreflightProblem] = []

    def answer(self) -> PreflightAnswer:
        user_classes = self._user_classes()
        classes = self._weighed(user_classes) if user_classes else ()
        self._refuse_idlers(user_classes)
        trusted = self._check_certificate(user_classes)
        accounts = self._accounts()
        needy = [user_class for user_class in user_classes if _needs_accounts(user_class)]
        if accounts and needy and trusted and self._question.users_file and self._question.check_login:
            self._check_login(accounts[0], _verify(needy[0]))
        return PreflightAnswer(classes=classes, accounts=len(accounts), problems=tuple(self._problems))

    def _user_classes(self) -> list[type[User]]:
        found: dict[str, tuple[str, type[User]]] = {}
        for file in [file for path in self._question.locustfiles for file in self._files(path)]:
            for name, user_class in self._load(file).items():
                home, _ = found.setdefault(name, (_home(user_class, file), user_class))
                if home != _home(user_class, file):
                    self._note(Problem(f"{home} has a user class {name} too", file, "rename one of them"))
        if not found and not self._problems:
            named = ", ".join(map(str, self._question.locustfiles))
            self._note(
                Problem("there is no Locust user class", named, "define one, and leave it not abstract")
            )
        return [user_class for _, user_class in found.values()]

    def _refuse_idlers(self, user_classes: Iterable[type[User]]) -> None:
        """Without tasks, a user fails at once and begins again, for ever: no load would come of it."""
        for user_class in user_classes:
            for idler in dict.fromkeys(_without_tasks(user_class)):
                place = f"{_home(user_class, user_class.__module__)}: {idler}"
                remedy = "give it a method with @task, or mark a user class as abstract = True"
                self._note(Problem("there are no tasks in it", place, remedy))

    def _files(self, path: Path) -> list[str]:
        """The files that Locust would load."""
        if path.is_dir():
            files = sorted(get_abspaths_in(str(path), extension=".py"))
        else:
            files = [str(path.resolve())] if path.is_file() and path.suffix == ".py" else []
        if not files:
            self._note(Problem("no Locust file is there", str(path), "name a .py file or a folder of them"))
        return files

    def _load(self, file: str) -> dict[str, type[User]]:
        try:
            user_classes, _ = load_locustfile(file)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - anybody's code may raise anything
            self._note(*_problems_of(error, file))
            return {}
        return dict(user_classes)

    def _weighed(self, user_classes: Iterable[type[User]]) -> tuple[UserClass, ...]:
        """Who takes part in the mix."""
        by_name = {user_class.__name__: user_class for user_class in user_classes}
        try:
            cast = cast_of(by_name.values(), self._question.mix)
        except BadInputError as error:
            self._note(*error.problems)
            return ()
        return tuple(
            UserClass(
                name=name,
                scenario=part.scenario,
                weight=part.share,
                needs_accounts=_needs_accounts(by_name[name]),
            )
            for name, part in cast.items()
            if part.share > 0
        )

    def _accounts(self) -> tuple[Account, ...]:
        if self._question.users_file is None:
            return reference_accounts()
        try:
            return read_accounts(self._question.users_file)
        except BadInputError as error:
            self._note(*error.problems)
            return ()

    def _check_certificate(self, user_classes: Iterable[type[User]]) -> bool:
        """Whether users with our client will trust the target: one whose certificate they refuse is none."""
        origin = Origin.parse(self._question.host) if self._question.host else None
        if origin is None or origin.scheme != "https":
            return True
        ways = dict.fromkeys(_verify(each) for each in user_classes if issubclass(each, LeanUser))
        return all(self._is_trusted(origin, verify) for verify in ways)

    def _is_trusted(self, origin: Origin, verify: bool | str) -> bool:  # noqa: FBT001 - a switch or a file
        """Notes a refusal; whatever else may go wrong on the way there is found by others."""
        try:
            dial(origin, tls_context(verify), perf_counter() + LOGIN_TIMEOUTS.connect_s).close()
        except BadInputError as error:
            self._note(*error.problems)
            return False
        except ClientError as error:
            if error.failure.kind is not FailureKind.TLS:
                return True
            authority = "name your own authority in SSL_CERT_FILE, or as verify of the user class"
            self._note(Problem(str(error), origin.url, f"mend it, or {authority}"), kind="unreachable")
            return False
        return True

    def _check_login(self, account: Account, verify: bool | str) -> None:  # noqa: FBT001 - a switch or a file
        """One attempt: five wrong passwords would lock the account."""
        host = self._question.host or ""
        try:
            Api(HttpSession(host, timeouts=LOGIN_TIMEOUTS, verify=verify)).log_in(account)
        except BadInputError as error:
            self._note(*error.problems)
        except LoginRefusedError:
            remedy = (
                "correct the email or the password there; it was tried once, five failures lock an account"
            )
            cause = f"the target refused the login of {account.email}"
            self._note(Problem(cause, account.place, remedy), kind="refused")
        except RequestFailedError as error:
            if error.failure.kind in _ANSWERED:
                cause, remedy = f"logging in does not work there: {error}", "is this Astral Field?"
                self._note(Problem(cause, host, remedy), kind="refused")
            else:
                remedy = "start it, or name the address it listens on"
                self._note(Problem(f"does not answer: {error}", host, remedy), kind="unreachable")

    def _note(self, *problems: Problem, kind: Literal["input", "refused", "unreachable"] = "input") -> None:
        self._problems += [
            PreflightProblem(kind=kind, cause=problem.cause, place=problem.place, remedy=problem.remedy)
            for problem in problems
        ]


def _needs_accounts(user_class: type[User]) -> bool:
    """Says the class itself; those that have never heard of us say nothing."""
    return bool(getattr(user_class, "needs_accounts", False))


def _verify(user_class: type[User]) -> bool | str:
    """How the class checks certificates."""
    verify: bool | str = getattr(user_class, "verify", True)
    return verify


def _without_tasks(node: type[User | TaskSet]) -> Iterator[str]:
    """The names of what has nothing to run: the class itself, or a task set within it."""
    if not node.tasks:
        yield node.__name__
    for task in dict.fromkeys(node.tasks):
        if isinstance(task, type) and issubclass(task, TaskSet) and task is not node:
            yield from _without_tasks(task)


def _home(user_class: type[User], file: str) -> str:
    """Where a class is defined; one file may import it from another."""
    module = sys.modules.get(user_class.__module__)
    return getattr(module, "__file__", None) or file


def _problems_of(error: BaseException, file: str) -> Iterator[Problem]:
    """What stopped a Locust file from loading, at the last of its lines that was reached."""
    if isinstance(error, BadInputError):
        yield from error.problems
    elif isinstance(error, SyntaxError):
        yield Problem(f"{type(error).__name__}: {error.msg}", f"{error.filename or file}:{error.lineno or 1}")
    else:
        reached = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
        ]
        said = f"{type(error).__name__}: {error}".removesuffix(": ")
        yield Problem(f"it cannot be loaded: {said}", f"{file}:{reached[-1]}" if reached else file)


def main() -> None:
    """Answer the question on standard input; whatever the loaded code prints goes to standard error."""
    question = PreflightQuestion.model_validate_json(sys.stdin.read())
    with redirect_stdout(sys.stderr):
        answer = Preflight(question).answer()
    sys.stdout.write(answer.model_dump_json() + "\n")


if __name__ == "__main__":
    main()
