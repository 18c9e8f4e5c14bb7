"""The tables of a run: what one row of each says.

They are Arrow schemas, so that pandas, Polars and DuckDB read a run as well as we do. Seconds and times are
UTC epoch seconds. A request belongs to the second in which it ended, an arrival to that in which it was due.
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

_SPARSE_BUCKETS = pa.list_(pa.uint16())
_SPARSE_COUNTS = pa.list_(pa.uint32())


class Table(StrEnum):
    """A table is a set of segment files that share this prefix."""

    REQUESTS = "requests"
    ERRORS = "errors"
    ARRIVALS = "arrivals"
    SAMPLES = "samples"


#: One row: a second of one endpoint in one scenario, successes and failures apart. Latencies are sparse
#: histograms (``histogram``); ``within`` counts responses at or below each of the manifest's ``limits_ms``.
#: Empty service lists mean that every service time equals its response time.
REQUESTS = pa.schema(
    [
        ("second", pa.int64()),
        ("scenario", pa.string()),
        ("method", pa.string()),
        ("name", pa.string()),
        ("ok", pa.bool_()),
        ("requests", pa.uint32()),
        ("within", _SPARSE_COUNTS),
        ("response_bucket", _SPARSE_BUCKETS),
        ("response_count", _SPARSE_COUNTS),
        ("response_sum_ms", pa.float64()),
        ("response_max_ms", pa.float64()),
        ("service_bucket", _SPARSE_BUCKETS),
        ("service_count", _SPARSE_COUNTS),
        ("service_sum_ms", pa.float64()),
        ("service_max_ms", pa.float64()),
        ("received_bytes", pa.uint64()),
        ("cache_hits", pa.uint32()),
        ("cache_misses", pa.uint32()),
    ]
)

#: The name, without a method, under which a journey that raised is counted: it is no request, and not lost.
JOURNEY = "(journey)"

#: One row: how often one kind of error struck an endpoint, or broke a journey off, in a second.
ERRORS = pa.schema(
    [
        ("second", pa.int64()),
        ("scenario", pa.string()),
        ("method", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("requests", pa.uint32()),
    ]
)

#: One row: the arrivals of one scenario in a second, and what became of them. ``planned``, ``started`` and
#: ``dropped`` count in the second they were due; ``late`` started later than the lag limit although a user
#: was free (the generator's doing), ``starved`` found no user free (the target held them all), ``dropped``
#: never started. ``finished`` journeys count in the second they ended, ``journey_sum_ms`` from their
#: intended start.
ARRIVALS = pa.schema(
    [
        ("second", pa.int64()),
        ("scenario", pa.string()),
        ("planned", pa.uint32()),
        ("started", pa.uint32()),
        ("late", pa.uint32()),
        ("starved", pa.uint32()),
        ("dropped", pa.uint32()),
        ("finished", pa.uint32()),
        ("journey_sum_ms", pa.float64()),
        ("lag_bucket", _SPARSE_BUCKETS),
        ("lag_count", _SPARSE_COUNTS),
    ]
)

#: One row: one value read from one source. ``epoch`` names the life of a counter (a restart or a reset
#: begins another); two counter values may be subtracted only within one epoch. Empty for gauges.
SAMPLES = pa.schema(
    [
        ("time", pa.float64()),
        ("source", pa.string()),
        ("metric", pa.string()),
        ("label", pa.string()),
        ("value", pa.float64()),
        ("epoch", pa.string()),
    ]
)

SCHEMAS: dict[Table, pa.Schema] = {
    Table.REQUESTS: REQUESTS,
    Table.ERRORS: ERRORS,
    Table.ARRIVALS: ARRIVALS,
    Table.SAMPLES: SAMPLES,
}
