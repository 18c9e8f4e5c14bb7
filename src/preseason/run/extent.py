"""How far the recordings of a run reach, whoever made them and whatever they died of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from preseason.run.samples import LOOK_METRIC
from preseason.run.segments import FOLDER, stretches_in
from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from pathlib import Path


def last_samples_s(run_folder: Path, writer: str) -> dict[str, float]:
    """When ``writer`` sampled last (UTC epoch seconds), by label; empty where it never did.

    Only its newest segment with anything in it is read.
    """
    return next((last for path in _newest_first(run_folder, writer) if (last := _last_in(path))), {})


def last_looks_s(run_folder: Path, writer: str) -> dict[str, float]:
    """When ``writer`` saw each source last (UTC epoch seconds), by name; all of its segments are read.

    Of every look at a source its cost is sampled, under the source's name.
    """
    last: dict[str, float] = {}
    for path in reversed(_newest_first(run_folder, writer)):
        for _, rows in stretches_in(path, SCHEMAS[Table.SAMPLES]):
            looks = rows.filter(pc.equal(rows["metric"], LOOK_METRIC))
            last |= zip(looks["label"].to_pylist(), looks["time"].to_pylist(), strict=True)
    return last


def _newest_first(run_folder: Path, writer: str) -> list[Path]:
    return sorted((run_folder / FOLDER).glob(f"{Table.SAMPLES}-{writer}-*.arrow"), reverse=True)


def _last_in(path: Path) -> dict[str, float]:
    last: dict[str, float] = {}
    for _, rows in stretches_in(path, SCHEMAS[Table.SAMPLES]):
        last |= zip(rows["label"].to_pylist(), rows["time"].to_pylist(), strict=True)
    return last
