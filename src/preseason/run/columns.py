"""Columns of Arrow tables as arrays, without pandas.

What pyarrow has for this (``to_numpy``, a filter by an array) imports pandas wherever that is installed: half
a second and 30 MB, more than most runs weigh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def array_of(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Numbers or truths; of a column in one piece it is that piece itself, and cannot be written to."""
    piece = in_one_piece(column)
    if not len(piece):
        return np.empty(0, dtype=piece.type.to_pandas_dtype())
    if piece.null_count:  # none of our tables has holes; what another wrote is told as pyarrow tells it
        return np.asarray(piece.to_numpy(zero_copy_only=False))
    if pa.types.is_boolean(piece.type):
        return np.from_dlpack(piece.cast(pa.uint8())).view(np.bool_)
    return np.from_dlpack(piece)


def in_one_piece(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column itself where it is in one piece already."""
    if isinstance(column, pa.Array):
        return column
    match column.num_chunks:
        case 0:
            return pa.nulls(0, column.type)
        case 1:
            return column.chunk(0)
        case _:
            return column.combine_chunks()


def rows_where(table: pa.Table, holds: NDArray[np.bool_]) -> pa.Table:
    """The rows for which it holds; it has an entry for each."""
    bits = pa.py_buffer(np.packbits(holds, bitorder="little"))
    return table.filter(pa.Array.from_buffers(pa.bool_(), len(holds), [None, bits]))
