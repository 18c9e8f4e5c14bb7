"""Whether other machines and a Prometheus can be sampled, before anything is started.

As for the servers of ``preflight``: what only the user can mend is told from what may be there in a minute,
everything at once, and no secret is shown.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from preseason.collectors.addresses import has_misplaced_at, redact
from preseason.collectors.collector import LostError
from preseason.collectors.fetching import Fetcher, RefusedError
from preseason.collectors.node_exporter import ANSWER_S, fetch_page, source_of
from preseason.collectors.prometheus import NAME
from preseason.collectors.prometheus_api import Api, QueryError
from preseason.errors import BadInputError, Problem, UnreachableError
from preseason.run.manifest import Source
from preseason.run.samples import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.collectors.settings import HostPage, PrometheusQueries

HOSTS, PROMETHEUS = "--host-metrics", "--prometheus"
_ENCODE = "@ : / ? # % within a user name or password are written percent-encoded (@ is %40)"
_RIGHTS = "check the user and the password in the address"
_TOKEN = f"{_RIGHTS}, or the token in PRESEASON_PROMETHEUS_TOKEN"
_REACH = "is it running, and may we reach it?"


def check_host_page(page: HostPage) -> Source:
    """What shows its metrics at the address of ``page``.

    Raises BadInputError for a malformed address and refused credentials, UnreachableError where no
    node_exporter answers.
    """
    place = f"{HOSTS} {page.label}"
    _need_address(page.url, place, "write NAME=http://HOST:9100/metrics")
    fetcher = Fetcher(within_s=ANSWER_S)
    try:
        return source_of(page, fetch_page(fetcher, page.url))
    except RefusedError as error:
        raise BadInputError(Problem(str(error), place, _RIGHTS)) from None
    except LostError as error:
        raise UnreachableError(Problem(str(error), f"{place} {redact(page.url)}", _REACH)) from None
    finally:
        fetcher.close()


def check_prometheus(asked: PrometheusQueries, places: Mapping[str, str]) -> tuple[Source, ...]:
    """What answers at its address, once for each query; ``places`` says where each query was written.

    Raises BadInputError for a malformed address, refused credentials, and each query that it refuses;
    UnreachableError where no Prometheus answers.
    """
    _need_address(asked.url, PROMETHEUS, "write http://HOST:9090")
    api = Api(asked.url, asked.token)
    try:
        api.clock_ahead_s()  # whatever else speaks HTTP has no such thing
        version = api.version()
        problems = list(_refused(api, asked, places))
    except RefusedError as error:
        raise BadInputError(Problem(str(error), PROMETHEUS, _TOKEN)) from None
    except LostError as error:
        place = f"{PROMETHEUS} {redact(asked.url)}"
        raise UnreachableError(Problem(str(error), place, _REACH)) from None
    finally:
        api.close()
    if problems:
        raise BadInputError(problems)
    address = redact(asked.url)
    return tuple(Source(name=labelled(NAME, it), address=address, version=version) for it in asked.queries)


def _refused(api: Api, asked: PrometheusQueries, places: Mapping[str, str]) -> Iterator[Problem]:
    now_s = time.time()
    for name, query in asked.queries.items():
        try:
            api.range(query, now_s, now_s, 1.0)
        except QueryError as error:
            yield Problem(f"Prometheus refuses the query {name}: {error}", places.get(name, PROMETHEUS))


def _need_address(url: str, place: str, remedy: str) -> None:
    if has_misplaced_at(url):
        raise BadInputError(Problem("an @ stands where none can be", place, _ENCODE))
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its text may quote a piece of a password
        sound = False
    if not sound:
        raise BadInputError(Problem("this is no http or https address", place, remedy))
