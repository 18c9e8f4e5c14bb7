"""A history as one Parquet file: a row for each run and indicator, for whatever reads tables."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.history.comparable import PastRun

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("started_at", pa.timestamp("ms", tz="UTC")),
        ("status", pa.string()),
        ("verdict", pa.string()),
        ("slo", pa.string()),
        ("workload", pa.string()),
        ("target", pa.string()),
        ("target_kind", pa.string()),
        ("platform_version", pa.string()),
        ("commit", pa.string()),
        ("generator_host", pa.string()),
        ("generator_version", pa.string()),
        ("indicator", pa.string()),
        ("about", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("better", pa.string()),
    ]
)


def export_history(runs: Sequence[PastRun], path: Path) -> int:
    """Write the file as a whole and return how many rows it has; a run without a verdict has one, valueless.

    Raises BadInputError where it cannot be written.
    """
    rows = [row for run in runs for row in _rows(run)]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", delete=False) as file:
            pq.write_table(table, file, compression="zstd")
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        cause = f"cannot be written: {error.strerror or error}"
        raise BadInputError(Problem(cause, str(path), "name a file in a folder that there is")) from None
    return int(table.num_rows)


def _rows(run: PastRun) -> Iterator[dict[str, object]]:
    about_the_run = _of_run(run)
    for value in run.values:
        yield about_the_run | {
            "indicator": value.name,
            "about": value.about,
            "value": value.value,
            "unit": value.unit,
            "better": value.better.value,
        }
    if not run.values:
        yield about_the_run


def _of_run(run: PastRun) -> dict[str, object]:
    manifest, verdict = run.manifest, run.verdict
    return {
        "run": run.run_id,
        "started_at": run.started_at,
        "status": manifest.status.value,
        "verdict": verdict.verdict.value if verdict else None,
        "slo": verdict.slo if verdict else None,
        "workload": manifest.workload_hash,
        "target": manifest.target.url,
        "target_kind": manifest.target.kind,
        "platform_version": manifest.target.platform_version,
        "commit": manifest.target.commit,
        "generator_host": manifest.generator.host,
        "generator_version": manifest.generator.version,
    }
