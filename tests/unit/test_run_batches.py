from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.batches import batch_of
from preseason.run.tables import ARRIVALS, ERRORS, REQUESTS, SAMPLES

MOST = {pa.uint16(): 2**16 - 1, pa.uint32(): 2**32 - 1, pa.uint64(): 2**64 - 1}
INT64 = st.integers(-(2**63), 2**63 - 1)


def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_list(kind):
        return st.lists(values_of(kind.value_type), max_size=3)
    others = {
        pa.string(): st.text(max_size=5),
        pa.bool_(): st.booleans(),
        pa.float64(): st.floats(allow_nan=False),
        pa.int64(): INT64,
    }
    return others[kind] if kind in others else st.integers(0, MOST[kind])


@st.composite
def rows_of(draw: st.DrawFn, schema: pa.Schema) -> dict[str, list[Any]]:
    count = draw(st.integers(0, 12))
    return {
        field.name: draw(st.lists(values_of(field.type), min_size=count, max_size=count)) for field in schema
    }


@pytest.mark.parametrize("schema", [REQUESTS, ERRORS, ARRIVALS, SAMPLES])
@given(data=st.data())
def test_a_batch_is_the_one_that_pyarrow_makes_of_the_rows(schema: pa.Schema, data: st.DataObject) -> None:
    rows = data.draw(rows_of(schema))

    batch = batch_of(rows, schema)

    batch.validate(full=True)
    assert batch.equals(pa.record_batch(rows, schema=schema))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.uint32(), 1.5),
        (pa.uint32(), -1),
        (pa.uint16(), 2**16),
        (pa.float64(), None),
        (pa.float64(), "1"),
        (pa.string(), None),
        (pa.string(), 1),
        (pa.list_(pa.uint16()), 1),
    ],
)
def test_a_value_of_another_type_is_refused(kind: pa.DataType, value: object) -> None:
    with pytest.raises((TypeError, OverflowError, AttributeError)):
        batch_of({"column": [value]}, pa.schema([("column", kind)]))


def test_columns_of_different_lengths_are_refused() -> None:
    schema = pa.schema([("one", pa.int64()), ("other", pa.string())])
    with pytest.raises(ValueError, match="same length"):
        batch_of({"one": [1, 2], "other": ["a"]}, schema)


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(KeyError):
        batch_of({}, SAMPLES)
