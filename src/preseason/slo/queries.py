"""The queries of an SLO file, and the objectives that are about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import Problem
from preseason.slo.checking import PROMETHEUS
from preseason.slo.model import Queries
from preseason.slo.quantities import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from preseason.slo.checking import Parts
    from preseason.slo.model import Objective

SOURCE = "prometheus"


def read_queries(parts: Parts) -> Queries | None:
    """What the file asks of a Prometheus; None, and its mistakes noted in ``parts``, where it has any."""
    if SOURCE not in parts.top:
        return Queries()
    read = parts.checked(PROMETHEUS, parts.top[SOURCE], (SOURCE,))
    if read is None:
        return None
    places = {name: parts.document.place((SOURCE, "queries", name)) for name in read.queries}
    return Queries(dict(read.queries), places, read.url)


def unasked(
    objectives: Iterable[Objective], places: Mapping[str, str], queries: Queries
) -> Iterable[Problem]:
    """A problem for each objective about a query that the file does not have."""
    for objective in objectives:
        indicator = objective.indicator
        if indicator.source == SOURCE and indicator.metric not in queries.by_name:
            remedy = did_you_mean(indicator.metric, tuple(queries.by_name)) if queries.by_name else ""
            yield Problem(
                f"there is no query '{indicator.metric}'",
                places.get(objective.name, ""),
                remedy or f"write prometheus: {{queries: {{{indicator.metric}: 'PromQL'}}}}",
            )
