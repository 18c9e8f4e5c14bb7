"""What is measured of machines that the target runs on elsewhere: their own pages, and a Prometheus."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from preseason.campaign.target import gather
from preseason.collectors.settings import HostPage, PrometheusQueries
from preseason.errors import BadInputError, PreseasonError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from preseason.campaign.options import Addresses
    from preseason.run.manifest import Source
    from preseason.slo.model import Queries

    Found = TypeVar("Found")

_HOSTS, _PROMETHEUS = "--host-metrics", "--prometheus"
_PAGE = "/metrics"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other machines by their pages, queries of a Prometheus, and what was found at their addresses."""

    host_pages: tuple[HostPage, ...] = ()
    prometheus: PrometheusQueries | None = None
    sources: tuple[Source, ...] = ()


def check_elsewhere(addresses: Addresses, queries: Queries) -> Elsewhere:
    """What the addresses and the SLO file name, once everything there answers and may be sampled.

    Raises one error with all that is wrong, as :func:`~preseason.campaign.target.gather` does.
    """
    if not addresses.host_metrics and addresses.prometheus is None and queries.url is None:
        return Elsewhere()
    from preseason.collectors import preflight_pages as pages  # noqa: PLC0415 - only when there is one

    errors: list[PreseasonError] = []
    host_pages = _collect(errors, lambda: _host_pages(addresses.host_metrics)) or ()
    found = [_collect(errors, partial(pages.check_host_page, page)) for page in host_pages]
    sources = [source for source in found if source is not None]
    asked = _collect(errors, lambda: _prometheus(addresses, queries))
    if asked is not None:
        sources += _collect(errors, lambda: pages.check_prometheus(asked, queries.places)) or ()
    gather(*errors)
    return Elsewhere(host_pages, asked, tuple(sources))


def _collect(errors: list[PreseasonError], check: Callable[[], Found]) -> Found | None:
    try:
        return check()
    except PreseasonError as error:
        errors.append(error)
        return None


def _host_pages(written: Sequence[str]) -> tuple[HostPage, ...]:
    """``NAME=URL`` each; BadInputError with every one that is not, or whose name is taken."""
    pages = [
        HostPage(label=name, url=_with_page(url)) for name, _, url in (it.partition("=") for it in written)
    ]
    problems = [problem for at, page in enumerate(pages) for problem in _mistakes(page, pages[:at])]
    if problems:
        raise BadInputError(problems)
    return tuple(pages)


def _mistakes(page: HostPage, before: Sequence[HostPage]) -> Iterator[Problem]:
    from preseason.run.samples import GENERATOR  # noqa: PLC0415 - brings numpy; only when there is one

    # What is no name may be a piece of an address, with a password in it.
    if not page.url or not _NAME.fullmatch(page.label):
        yield Problem("this is no NAME=URL", _HOSTS, "write it like db=http://10.0.0.7:9100/metrics")
    elif page.label == GENERATOR:
        remedy = "it is sampled in any case; name the target's machines"
        yield Problem(f"{GENERATOR} is the machine that makes the load", f"{_HOSTS} {page.label}", remedy)
    elif any(other.label == page.label for other in before):
        yield Problem("this name stands twice", f"{_HOSTS} {page.label}", "give each machine its own")


def _with_page(url: str) -> str:
    """An address without a path is that of a node_exporter, whose page is always the same."""
    after = url.partition("://")[2]
    return f"{url.rstrip('/')}{_PAGE}" if after and "/" not in after.rstrip("/") else url


def _prometheus(addresses: Addresses, queries: Queries) -> PrometheusQueries | None:
    url = addresses.prometheus or queries.url
    if url is None:
        return None
    if not queries.by_name:
        remedy = "write prometheus: {queries: {NAME: 'PromQL'}} in the SLO file"
        raise BadInputError(Problem("there is nothing to ask it", _PROMETHEUS, remedy))
    return PrometheusQueries(url=url, queries=dict(queries.by_name), token=addresses.prometheus_token)
