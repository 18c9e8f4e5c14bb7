"""What fills Redis and what keeps it busy: kinds of keys, and commands by the time they took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.tables import Cell, Column, Table
from preseason.report.run.server_tables import figure, row, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.report.run.server_tables import Row
    from preseason.run.key_space import KeyGroup
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.run.samples import Samples, Series

_SOURCE = "redis"
_MOST_KINDS, _MOST_COMMANDS = 10, 8
_COMMAND = ("Command", "Calls", "Each", "Together", "Failed")
_KIND = ("Kind of keys", "Keys", "Memory", "Each", "Largest")


def tables(run: Run) -> tuple[Table, ...]:
    """Commands, and kinds of keys as they were after the load; nothing where neither was sampled."""
    return (*_commands(run.samples), *_kinds(run.key_space))


def by_endpoint(judged: Requests) -> Iterator[Table]:
    """Look-ups and hits of each endpoint as the answers' cache header told, the worst first."""
    told = []
    for endpoint, asked in judged.by_endpoint().items():
        hits, misses = (int(each[asked.rows].sum()) for each in (judged.cache_hits, judged.cache_misses))
        if hits + misses:
            told.append((str(endpoint), hits + misses, hits / (hits + misses)))
    if told:
        columns = (Column("Endpoint"), Column("Look-ups", number=True), Column("Hit rate", number=True))
        worst_first = tuple(_hit(*one) for one in sorted(told, key=lambda one: one[2]))
        caption = "What the answers' cache header told, by endpoint"
        yield Table(caption, columns, worst_first, sorted_by=(2, False), narrow=True)


def _hit(name: str, look_ups: int, ratio: float) -> Row:
    return row(name, figure(look_ups), Cell(units.percent(ratio), ratio, share=ratio))


def _commands(samples: Samples) -> Iterator[Table]:
    """By the time they took in the run; what the collectors ask is among them."""
    spent = samples.labelled(_SOURCE, "command_us")
    took = {name: _grown(series) for name, series in spent.items()}
    busiest = sorted((name for name in took if took[name]), key=lambda name: (-took[name], name))
    if busiest:
        rows = [_command(samples, name, took[name] / 1000) for name in busiest[:_MOST_COMMANDS]]
        caption = "The commands that took most of Redis' time in the whole run, ours among them"
        yield table(caption, _COMMAND, rows, _COMMAND.index("Together"))


def _command(samples: Samples, name: str, took_ms: float) -> Row:
    calls, failed = (
        _grown(samples.get(_SOURCE, metric, name)) for metric in ("command_calls", "command_failures")
    )
    return row(
        name,
        figure(calls),
        figure(took_ms / calls if calls else None, units.milliseconds),
        figure(took_ms, units.milliseconds),
        figure(failed),
    )


def _grown(series: Series) -> float:
    return series.deltas().total if len(series) > 1 else 0.0


def _kinds(groups: Sequence[KeyGroup]) -> Iterator[Table]:
    if groups:
        largest = sorted(groups, key=lambda group: (-group.bytes, group.pattern))[:_MOST_KINDS]
        whole = all(group.complete for group in groups)
        how = "every key was looked at" if whole else "estimated from a sample"
        caption = f"What filled Redis after the load: {how}"
        yield table(caption, _KIND, [_kind(group) for group in largest], _KIND.index("Memory"))


def _kind(group: KeyGroup) -> Row:
    between = f"{units.size(group.bytes_low)} to {units.size(group.bytes_high)} in memory"
    return row(
        group.pattern,
        figure(group.keys),
        figure(group.bytes, units.size),
        figure(group.bytes / group.keys if group.keys else None, units.size),
        figure(float(group.largest_bytes), units.size),
        remark="" if group.complete else between,
    )
