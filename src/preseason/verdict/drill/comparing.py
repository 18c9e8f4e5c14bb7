"""What was restored against what was dumped: rows, constraints, indexes, sequences, extensions, the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.drill.model import Row, Status, TableRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from preseason.verdict.drill.facts import Census, Drilled

_MOST_NAMED = 3


def contents(drilled: Drilled) -> Iterator[Row]:
    """A row for each kind of thing that a backup must bring back; NO DATA where nothing was restored."""
    expected, restored = drilled.expected, drilled.restored
    if restored is None:
        for name in ("row counts", "constraints", "indexes", "sequences", "extensions", "other objects"):
            yield Row(name=name, status=Status.NO_DATA, said="nothing was restored")
        return
    if drilled.existing:
        yield _complete(expected, restored)
    else:
        yield _row_counts(expected, restored)
    source = None if drilled.existing else expected  # an older backup may know older constraints
    yield _sound("constraints", source.constraints if source else None, restored.constraints, "validated")
    yield _sound("indexes", source.indexes if source else None, restored.indexes, "valid", only_sound=True)
    yield _sequences(drilled, restored)
    yield _same("extensions", source.extensions if source else None, restored.extensions)
    yield _others(source, restored)


def rows_of_tables(expected: Census | None, restored: Census | None) -> tuple[TableRows, ...]:
    """Every table that is in either."""
    before = {} if expected is None else expected.rows
    after = {} if restored is None else restored.rows
    return tuple(
        TableRows(table=table, expected=before.get(table), restored=after.get(table))
        for table in sorted({*before, *after})
    )


def _row_counts(expected: Census | None, restored: Census) -> Row:
    """Of the dump's own moment: every table, every row."""
    differing = [
        f"{one.table}: {one.restored if one.restored is not None else 'missing'} of {one.expected}"
        for one in rows_of_tables(expected, restored)
        if one.expected != one.restored
    ]
    if differing:
        return Row(name="row counts", status=Status.FAIL, said=_listed(differing))
    total = sum(restored.rows.values())
    return Row(
        name="row counts", status=Status.OK, said=f"{total} rows in {len(restored.rows)} tables, as dumped"
    )


def _complete(expected: Census | None, restored: Census) -> Row:
    """Of a backup from another day: every table that there is now, and rows in some."""
    total, tables = sum(restored.rows.values()), len(restored.rows)
    if not tables:
        return Row(name="complete", status=Status.FAIL, said="it holds no table")
    if expected is None:
        said = f"{total} rows in {tables} tables; with --postgres, compared with the database as it is"
        return Row(name="complete", status=Status.OK, said=said)
    lacking = sorted(set(expected.rows) - set(restored.rows))
    emptied = sorted(table for table, rows in restored.rows.items() if not rows and expected.rows.get(table))
    if lacking:
        return Row(name="complete", status=Status.FAIL, said=f"lacks {_listed(lacking)}")
    if emptied:
        said = f"no row in {_listed(emptied)}, where the database has some"
        return Row(name="complete", status=Status.FAIL, said=said)
    now = sum(expected.rows.values())
    said = f"{total} rows in {tables} tables; the database now has {now} in {len(expected.rows)}"
    return Row(name="complete", status=Status.OK, said=said)


def _sound(
    name: str,
    expected: Mapping[str, bool] | None,
    restored: Mapping[str, bool],
    word: str,
    *,
    only_sound: bool = False,
) -> Row:
    """All there, and each as sound as it was; ``only_sound``: a dump leaves out what was not."""
    wanted = (
        {} if expected is None else {key: fine for key, fine in expected.items() if fine or not only_sound}
    )
    lacking = sorted(set(wanted) - set(restored))
    unsound = sorted(key for key, fine in restored.items() if not fine and wanted.get(key, True))
    if lacking or unsound:
        told = [f"lacks {_listed(lacking)}"] if lacking else []
        told += [f"not {word}: {_listed(unsound)}"] if unsound else []
        return Row(name=name, status=Status.FAIL, said="; ".join(told))
    known_bad = sorted(key for key, fine in (expected or {}).items() if not fine)
    said = f"{sum(restored.values())} {word}"
    return Row(name=name, status=Status.OK, said=_with(said, f"not {word} in the source: ", known_bad))


def _sequences(drilled: Drilled, restored: Census) -> Row:
    """Sequences run on while a dump is made: each must stand between what it was before and after."""
    expected = drilled.expected
    if expected is None or drilled.existing:
        return Row(name="sequences", status=Status.OK, said=f"{len(restored.sequences)} restored")
    lacking = sorted(set(expected.sequences) - set(restored.sequences))
    wrong = sorted(
        name
        for name, value in restored.sequences.items()
        if name in expected.sequences
        and not _between(value, expected.sequences[name], drilled.sequences_after.get(name))
    )
    if lacking or wrong:
        told = [f"lacks {_listed(lacking)}"] if lacking else []
        told += [f"at another value: {_listed(wrong)}"] if wrong else []
        return Row(name="sequences", status=Status.FAIL, said="; ".join(told))
    return Row(name="sequences", status=Status.OK, said=f"{len(restored.sequences)} at the value they had")


def _between(value: int | None, before: int | None, after: int | None) -> bool:
    if before is None:  # never asked yet, or not ours to read
        return True
    if value is None or after is None:
        return value == before
    return min(before, after) <= value <= max(before, after)


def _same(name: str, expected: Collection[str] | None, restored: Collection[str]) -> Row:
    lacking = sorted(set(expected or ()) - set(restored))
    if lacking:
        return Row(name=name, status=Status.FAIL, said=f"lacks {_listed(lacking)}")
    return Row(name=name, status=Status.OK, said=", ".join(sorted(restored)) or "none")


def _others(expected: Census | None, restored: Census) -> Row:
    wanted = {} if expected is None else expected.others
    lacking = [
        f"{kind} {name}"
        for kind, names in sorted(wanted.items())
        for name in sorted(names - restored.others.get(kind, frozenset()))
    ]
    if lacking:
        return Row(name="other objects", status=Status.FAIL, said=f"lacks {_listed(lacking)}")
    counted = [f"{len(names)} {kind}" for kind, names in sorted(restored.others.items()) if names]
    return Row(name="other objects", status=Status.OK, said=", ".join(counted) or "none")


def _listed(names: Collection[str]) -> str:
    told = list(names)
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return ", ".join(told[:_MOST_NAMED]) + more


def _with(said: str, lead: str, names: Collection[str]) -> str:
    return f"{said}; {lead}{_listed(names)}" if names else said
