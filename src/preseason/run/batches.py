"""Rows as batches of Arrow tables, without pandas.

``pa.array`` imports pandas wherever that is installed (``columns``), to know its arrays when it meets them:
time and memory that whoever records a run would take from what is observed.
"""

from __future__ import annotations

from array import array
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The codes of module ``array``, which refuses what is no number of that kind.
_CODES = {pa.float64(): "d", pa.int64(): "q", pa.uint16(): "H", pa.uint32(): "I", pa.uint64(): "Q"}


def batch_of(rows: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """``rows`` (column name to values, none of them missing) as one batch.

    KeyError where a column is missing, ValueError where one is longer than another; TypeError, OverflowError
    or AttributeError for a value of another type.
    """
    columns = [_array_of(rows[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _array_of(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind):
        items = _array_of(list(chain.from_iterable(values)), kind.value_type)
        offsets = _offsets(map(len, values))
        return pa.Array.from_buffers(kind, len(values), [None, offsets], children=[items])
    if pa.types.is_string(kind):
        texts = [value.encode() for value in values]
        buffers = [_offsets(map(len, texts)), pa.py_buffer(b"".join(texts))]
    elif pa.types.is_boolean(kind):
        buffers = [pa.py_buffer(np.packbits(np.array(values, dtype=np.bool_), bitorder="little"))]
    else:
        buffers = [pa.py_buffer(array(_CODES[kind], values))]
    return pa.Array.from_buffers(kind, len(values), [None, *buffers])


def _offsets(lengths: Iterable[int]) -> pa.Buffer:
    """Where each value begins, and where the last one ends."""
    return pa.py_buffer(array("i", accumulate(lengths, initial=0)))
