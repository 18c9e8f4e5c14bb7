from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.columns import array_of, rows_where

FLAGS = st.lists(st.booleans(), max_size=40)


@pytest.mark.parametrize(
    "kind", [pa.uint16(), pa.uint32(), pa.int64(), pa.uint64(), pa.float64(), pa.bool_()]
)
@pytest.mark.parametrize("pieces", [[], [[]], [[1, 0, 1]], [[1], [], [0, 1]]])
def test_a_column_is_the_array_that_pyarrow_makes_of_it(kind: pa.DataType, pieces: list[list[int]]) -> None:
    column = pa.chunked_array([pa.array(piece).cast(kind) for piece in pieces], kind)
    array = array_of(column)
    assert array.dtype == column.to_numpy().dtype
    assert array.tolist() == column.to_pylist()


def test_a_part_of_a_column_is_that_part() -> None:
    assert array_of(pa.chunked_array([[1, 2, 3, 4]]).slice(1, 2)).tolist() == [2, 3]
    assert array_of(pa.array([True, False, True]).slice(1)).tolist() == [False, True]


def test_a_hole_in_a_column_is_no_number() -> None:
    assert np.isnan(array_of(pa.array([1, None, 3]))[1])


@given(FLAGS)
def test_rows_are_chosen_where_it_holds(holds: list[bool]) -> None:
    table = pa.table({"place": pa.array(range(len(holds)), pa.int64())})
    chosen = rows_where(table, np.array(holds, dtype=np.bool_))
    assert chosen["place"].to_pylist() == [place for place, held in enumerate(holds) if held]
