"""Whether series moved together, and whether a value stands out: tests that few points cannot fool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict.statistics.products import inner_product

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_FEWEST_PAIRS = 6
_FEWEST_OTHERS = 3
#: Autocorrelations are estimated up to a lag of so many of the points.
_LAGS = 0.25


@dataclass(frozen=True, slots=True)
class Together:
    """A correlation and its one-sided p-value at ``effective`` independent pairs."""

    correlation: float
    p: float
    effective: float


def together(one: Values, many: Values) -> list[Together | None]:
    """Pearson's correlation of ``one`` (n,) with each row of ``many`` (k, n); None where it cannot be told.

    Neighbouring points repeat each other, so the degrees of freedom are those of Pyper and Peterman (Canadian
    Journal of Fisheries and Aquatic Sciences 55, 1998): 1/n* = 1/n + 2/n sum (1 - j/n) r_x(j) r_y(j).
    """
    count = len(one)
    if count < _FEWEST_PAIRS:
        return [None] * len(many)
    x = one - one.mean()
    found: list[Together | None] = []
    own = _autocorrelations(x)
    for row in many:
        y = row - row.mean()
        scale = float(np.sqrt(inner_product(x, x) * inner_product(y, y)))
        if not np.isfinite(scale) or scale <= 0:
            found.append(None)
            continue
        correlation = float(np.clip(inner_product(x, y) / scale, -1.0, 1.0))
        lags = np.arange(1, len(own) + 1)
        shared = float((2 * (1 - lags / count) * own * _autocorrelations(y)).sum())
        effective = float(np.clip(count / max(1.0, 1 + shared), 3.0, count))
        found.append(Together(correlation, _p_of(correlation, effective), effective))
    return found


def _p_of(correlation: float, effective: float) -> float:
    rest = max(1e-12, 1 - correlation**2)
    freedom = max(effective - 2, 1.0)
    return _below(-correlation * np.sqrt(freedom / rest), freedom)


def _below(t: float, freedom: float) -> float:
    """Student's distribution function."""
    from scipy.special import stdtr  # noqa: PLC0415 - half a second to import; most reports have no use for it

    return float(stdtr(freedom, t))


def _autocorrelations(centred: Values) -> Values:
    lags = max(1, int(len(centred) * _LAGS))
    whole = inner_product(centred, centred) or 1.0
    return np.array([inner_product(centred[lag:], centred[:-lag]) / whole for lag in range(1, lags + 1)])


def stands_out(value: float, others: Values) -> float | None:
    """The one-sided p-value of ``value`` among ``others``, as one more of them; None of too few to tell.

    The prediction interval of a normal variable: t = (value - mean) / (s sqrt(1 + 1/n)). However long the
    stretch that ``value`` is the mean of, it counts as a single one, because its points share their fate.
    """
    if len(others) < _FEWEST_OTHERS:
        return None
    spread = float(others.std(ddof=1)) * np.sqrt(1 + 1 / len(others))
    if spread == 0:
        return 0.0 if value > others.mean() else 1.0
    return _below(-(value - float(others.mean())) / spread, len(others) - 1)


def holm(ps: list[float]) -> list[float]:
    """p-values adjusted for their number (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    order = np.argsort(ps, kind="stable")
    steps = np.array(ps)[order] * np.arange(len(ps), 0, -1)
    adjusted = np.empty(len(ps))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return [float(p) for p in adjusted]
