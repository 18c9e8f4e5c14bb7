"""Arrays that grow in place: of a day's columns there is never a second copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NumberT = TypeVar("NumberT", bound=np.generic)

_FIRST_ROWS = 4096
_GROWTH = 1.5


class Growing(Generic[NumberT]):
    """An array of rows that are appended; ``inner`` is the shape of one."""

    def __init__(self, kind: type[NumberT], *inner: int) -> None:
        self._rows: NDArray[NumberT] = np.empty((_FIRST_ROWS, *inner), dtype=kind)
        self._length = 0

    def append(self, rows: NDArray[Any]) -> None:
        """Add ``rows`` at the end, as numbers of this array's kind."""
        end = self._length + len(rows)
        if end > len(self._rows):
            # Nobody else can have seen the array yet, so that it may move.
            self._rows.resize((int(_GROWTH * end), *self._rows.shape[1:]), refcheck=False)
        self._rows[self._length : end] = rows
        self._length = end

    def taken(self) -> NDArray[NumberT]:
        """The array; nothing is appended to it any more."""
        self._rows.resize((self._length, *self._rows.shape[1:]), refcheck=False)
        return self._rows
