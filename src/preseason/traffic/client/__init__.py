"""An HTTP/1.1 client for load: gevent sockets, llhttp, and as little as possible between them.

::

    session     one user: cookies, kept connections, a report of every request
      |-- request, cookies, redirects      what is sent            (pure)
      |-- connection                       one exchange
      |     |-- reply, content_coding, response    what came back  (pure)
      |     '-- wire, tls                  bytes under gevent
      '-- dial                             name, TCP, TLS

A failed request is a :class:`Failure` in its :class:`Response`, never an exception. HTTP/2, proxies,
``Expect: 100-continue``, request trailers and streamed bodies are not offered; answers that need what is not
offered end in a failure of kind ``unsupported``.
"""

from __future__ import annotations

from .cookies import CookieJar
from .failures import Failure, FailureKind, RequestFailedError
from .response import Headers, Response
from .session import HttpSession
from .settings import Limits, Timeouts

__all__ = [
    "CookieJar",
    "Failure",
    "FailureKind",
    "Headers",
    "HttpSession",
    "Limits",
    "RequestFailedError",
    "Response",
    "Timeouts",
]
