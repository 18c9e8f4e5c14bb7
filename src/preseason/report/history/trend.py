"""A history in words: for the terminal, the page and the reviews alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import ExitCode
from preseason.report import plain, units
from preseason.slo.model import Unit
from preseason.verdict.history.trends import FEWEST_RUNS, Direction

if TYPE_CHECKING:
    from preseason.verdict.history.comparable import History
    from preseason.verdict.history.trends import Change, Trend, Trends

#: What an indicator is called where its own name needs knowledge of the collectors.
_TITLES = {
    "host.process_rss_bytes": "memory",
    "postgres.size_bytes": "database size",
    "postgres.growth_bytes": "database growth in a run",
    "redis.memory_bytes": "memory of Redis",
}
#: From here on, a change of a median is set in bold; whether it is more than chance, a change point says.
WORTH_A_LOOK = 0.1
WORDS = {
    ExitCode.PASS: ("STEADY", "PASS"),
    ExitCode.FAILED: ("REGRESSION", "FAIL"),
    ExitCode.UNDECIDED: ("UNDECIDED", "UNDECIDED"),
}


def title(trend: Trend) -> str:
    """``p95 for GET /api/players``."""
    return named(trend.name, trend.about)


def named(name: str, about: str) -> str:
    """An indicator's name with what it is about."""
    known = _TITLES.get(name, name)
    return f"{known} for {about}" if about else known


def sentence(trends: Trends) -> str:
    """What the whole comes to."""
    runs = len(trends.history.runs)
    opened = trends.open_regressions
    if opened:
        worst = max(opened, key=lambda pair: abs(pair[1].relative or float("inf")))
        these = "1 regression" if len(opened) == 1 else f"{len(opened)} regressions"
        told = f"{title(worst[0])} went from {levels(*worst)}"
        return f"{these} in {runs} runs that nobody has acknowledged. The largest: {told}."
    if runs == 1:
        return f"One run shows no trend: it takes {FEWEST_RUNS}."
    if not trends.enough:
        return f"Too few runs to tell a change: {runs} of the {FEWEST_RUNS} that it takes."
    if lost := [title(trend) for trend in trends.trends if trend.is_lost]:
        return f"No regression was found, but the last runs did not measure {_listed(lost)}."
    known = sum(one.stands for trend in trends.trends for one in trend.changes)
    in_all = f"in {runs} runs and {len(trends.trends)} indicators"
    if known:
        return f"No regression {in_all} that nobody has acknowledged. Acknowledged and still there: {known}."
    return f"No regression {in_all}."


def levels(trend: Trend, change: Change) -> str:
    """``183 ms to 240 ms (+31 %)``."""
    before, after = (units.quantity(level, trend.unit) for level in (change.before, change.after))
    return f"{before} to {after} ({moved(trend, change)})"


def moved(trend: Trend, change: Change) -> str:
    """By how much: in percentage points for shares, else relative to what was before."""
    if trend.unit == Unit.RATIO:
        return points(change.after - change.before)
    return "from nothing" if change.relative is None else relative(change.relative)


def points(difference: float) -> str:
    """A difference of shares: ``+1.2 points``."""
    return f"{_signed(difference * 100)}{plain.THIN_SPACE}points"


def relative(share: float) -> str:
    """A change as a share of what was: ``+31 %``."""
    return f"{_signed(share * 100)}{plain.THIN_SPACE}%"


def _signed(number: float) -> str:
    decimals = 0 if abs(number) >= 10 else 1 if abs(number) >= 1 else 2  # noqa: PLR2004 - two digits or three
    return f"{number:+.{decimals}f}".replace("-", units.MINUS)


def verb(change: Change) -> str:
    """What became of a change, in a word for a badge."""
    if change.direction is not Direction.WORSE:
        return "better" if change.direction is Direction.BETTER else "changed"
    if change.recovered:
        return "recovered"
    return "acknowledged" if change.acknowledged else "worse"


def tone(change: Change) -> str:
    """The outcome whose colours a change has."""
    if change.is_open:
        return "FAIL"
    return "PASS" if change.direction is Direction.BETTER or change.recovered else "WAIVED"


def since(change: Change, history: History) -> str:
    """The first run of the new level, and what was deployed before and then."""
    run, before = history.runs[change.at], history.runs[max(change.at - 1, 0)]
    if run.version == before.version:
        deployed = f"still {run.version}" if run.version else "no version was told"
    else:
        deployed = f"{before.version or 'no version told'} before, {run.version or 'no version told'} then"
    return f"{run.run_id} ({deployed})"


def answer(change: Change) -> str:
    """Who acknowledged it and why; empty where nobody did."""
    by = change.acknowledged
    if by is None:
        return ""
    until = f" until {by.until}" if by.until else ""
    return f"acknowledged by {by.owner}{until}: {by.reason}"


def about(history: History) -> str:
    """``60 runs of workload 1a2b3c4d against …, 2026-09-01 to 2026-11-29``."""
    first, last = history.runs[0].started_at, history.runs[-1].started_at
    counted = "1 run" if len(history.runs) == 1 else f"{len(history.runs)} runs"
    return (
        f"{counted} of workload {history.workload.short} against {history.workload.target}, "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    )


def remarks(history: History) -> tuple[str, ...]:
    """What is not among the runs, and why."""
    told = []
    if history.left_out:
        told.append(f"left out: {', '.join(history.left_out)}")
    if history.set_apart:
        told.append(f"set apart: {', '.join(history.set_apart)}")
    bare = sum(run.indicators is None for run in history.runs)
    if bare:
        told.append(f"of {bare} runs only the objectives are known: preseason judge RUN writes the rest")
    return tuple(told)


def _listed(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
