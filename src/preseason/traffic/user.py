from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from locust import User

from .client import HttpSession, Limits, Timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gevent import Greenlet
    from gevent.pool import Group
    from locust.env import Environment


class LeanUser(User):
    """A Locust user with a client that costs a quarter of FastHttpUser's.

    ``self.client`` fires Locust's request event for every request, so statistics, web UI, ``--processes`` and
    distributed runs work as with any user. ``host`` is Locust's: the class attribute, or ``--host``.
    """

    abstract = True

    timeouts: ClassVar[Timeouts] = Timeouts()
    limits: ClassVar[Limits] = Limits()
    #: For TLS: False not to check certificates, or a PEM file or folder of authorities to trust.
    verify: ClassVar[bool | str] = True
    #: Sent with every request.
    headers: ClassVar[Mapping[str, str]] = {}

    client: HttpSession

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client = HttpSession(
            self.host or "",
            timeouts=self.timeouts,
            limits=self.limits,
            verify=self.verify,
            headers=self.headers,
            report=environment.events.request.fire,
            context=self.context,
        )

    def start(self, group: Group) -> Greenlet[..., Any]:
        """Starts the user, and closes its connections when it has ended, however it ends."""
        greenlet = super().start(group)
        greenlet.rawlink(lambda _: self.client.close())
        return greenlet
