"""The manager of a fantasy team, as a Locust user."""

from __future__ import annotations

import logging
import math
import os
import sys
from collections import defaultdict
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, ClassVar, Final
from weakref import WeakKeyDictionary

import gevent
from gevent.lock import Semaphore
from locust import between, events
from locust.runners import MasterRunner
from locust.user.task import LOCUST_STATE_RUNNING

from preseason.errors import BadInputError
from preseason.traffic.astral.api import Api, LoginRefusedError, RequestFailedError
from preseason.traffic.astral.entrance import Admission, Entrance
from preseason.traffic.plan import USERS_VARIABLE
from preseason.traffic.user import LeanUser

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from locust.env import Environment
    from locust.runners import Runner

    from preseason.traffic.accounts import Account
    from preseason.traffic.astral.model import Team

_LOG: Final = logging.getLogger(__name__)
#: People think about twice as long as usual every now and then: the spread of the logarithm of the time.
THINKING_SPREAD: Final = 0.5
#: The option under which a master hands accounts to its workers.
_HANDED_OUT: Final = "preseason_admission"
_ENTRANCES: Final[WeakKeyDictionary[Environment, Entrance]] = WeakKeyDictionary()
#: Users who share an account take turns: in logging in, and in whatever one must do alone.
_LOGIN_TURNS: Final[defaultdict[Account, Semaphore]] = defaultdict(Semaphore)
_TURNS: Final[defaultdict[Account, Semaphore]] = defaultdict(Semaphore)
#: Never tried again, by nobody: five failures would lock an account.
_REFUSED: Final[set[Account]] = set()


class Manager(LeanUser):
    """Logs in once and finds its team; subclasses say what it does then, one ``@task`` a journey.

    Where accounts come from: :func:`preseason.traffic.accounts.accounts_of`. A user who cannot log in, or
    whose team is not found, stops; nothing is tried twice. Everything random is seeded by the user's number.
    """

    abstract = True
    #: Read by ``preseason gate``, which asks for accounts before it loads anything.
    needs_accounts: ClassVar[bool] = True

    #: Between journeys, where no arrivals are scheduled.
    wait_time = between(2, 8)

    account: Account
    api: Api
    team: Team
    random: Random

    def on_start(self) -> None:
        number, self.account = _ENTRANCES[self.environment].admit()
        self.random = Random(number)  # noqa: S311 - traffic wants repeatable randomness, not secrets
        self.api = Api(self.client)
        with _LOGIN_TURNS[self.account]:
            if not self._is_ready():
                self._stop_quietly()

    def on_stop(self) -> None:
        self.take_back()

    def undo(self) -> None:
        """Undoes what this user changed; may be called again when it fails or there is nothing."""

    def take_back(self) -> None:
        """Undoes what this user changed, after a write still under way; a failure ends nothing."""
        if not hasattr(self, "api"):
            return
        self.api.settle()
        with suppress(RequestFailedError):
            self.undo()

    def think(self, mean_s: float) -> None:
        """Does what people do between two requests: lognormal around ``mean_s``, at most thrice as long."""
        mu = math.log(mean_s) - THINKING_SPREAD**2 / 2
        gevent.sleep(min(self.random.lognormvariate(mu, THINKING_SPREAD), 3 * mean_s))

    def alone(self) -> AbstractContextManager[object]:
        """Keeps other users of the same account waiting, who would change what this one has just changed."""
        turn: AbstractContextManager[object] = _TURNS[self.account]
        return turn

    def _is_ready(self) -> bool:
        """Whether it has a session and a team; what was refused to one user is not tried by another."""
        if self.account in _REFUSED:
            return False
        try:
            self.team = self.api.team(self.api.log_in(self.account))
        except RequestFailedError as error:
            if isinstance(error, LoginRefusedError):
                _REFUSED.add(self.account)
            _LOG.warning("%s is not ready and stops: %s", self.account.email, error)
            return False
        return True

    def _stop_quietly(self) -> None:
        """As StopUser does, which Locust would log with a traceback here."""
        if self._state == LOCUST_STATE_RUNNING:
            self.stop()


def _check_input(environment: Environment, runner: Runner | None = None, **_: object) -> None:
    """Ends Locust before it starts if there are no proper accounts to log in with.

    Accounts that a master was given are all its workers need: Locust hands them a master's options.
    """
    try:
        admission = Admission.told_by(os.environ)
    except BadInputError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    if isinstance(runner, MasterRunner) and os.environ.get(USERS_VARIABLE):
        setattr(environment.parsed_options, _HANDED_OUT, admission.packed())


def _open_entrance(environment: Environment, **_: object) -> None:
    """Anew for each test: its users are dealt the accounts from the first on."""
    options = environment.parsed_options
    handed_out = getattr(options, _HANDED_OUT, None)
    admission = Admission.unpacked(handed_out) if handed_out else Admission.told_by(os.environ)
    index = max(0, getattr(environment.runner, "worker_index", 0))  # a master has none, and no users
    of = max(getattr(options, "expect_workers", None) or 1, index + 1)
    _ENTRANCES[environment] = Entrance(
        admission.accounts, index=index, of=of, logins_per_s=admission.logins_per_s
    )


events.init.add_listener(_check_input)
events.test_start.add_listener(_open_entrance)
