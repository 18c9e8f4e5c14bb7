"""How far the recordings of a run reach, whoever made them and whatever they died of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.segments import FOLDER, stretches_in
from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from pathlib import Path


def last_samples_s(run_folder: Path, writer: str) -> dict[str, float]:
    """When ``writer`` sampled last (UTC epoch seconds), by label; empty where it never did.

    Only its newest segment with anything in it is read.
    """
    paths = sorted((run_folder / FOLDER).glob(f"{Table.SAMPLES}-{writer}-*.arrow"), reverse=True)
    for path in paths:
        last: dict[str, float] = {}
        for _, rows in stretches_in(path, SCHEMAS[Table.SAMPLES]):
            last |= zip(rows["label"].to_pylist(), rows["time"].to_pylist(), strict=True)
        if last:
            return last
    return {}
