"""A drill held against the operations manual's recovery objectives: a pure function of what was seen."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from preseason.errors import ExitCode, worst
from preseason.verdict.drill.comparing import contents, rows_of_tables
from preseason.verdict.drill.facts import Fault
from preseason.verdict.drill.model import BackupSeen, DrillReport, Row, Status, Step
from preseason.verdict.drill.wording import REMEDIES, elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.verdict.drill.facts import Backup, Drilled

#: The steps from a backup in hand to a database that may be used.
RECOVERY = ("fetch", "create", "restore", "analyze", "verify")
_NO_BACKUP = "a backup that does not come back is none: make one, and drill it"
_CUT = ("end of file", "unexpected end")
#: Clocks of two machines differ by less than this.
_CLOCKS_S = 300.0
_CODES = {Status.FAIL: ExitCode.FAILED, Status.NO_DATA: ExitCode.UNDECIDED}

#: The manual's other objectives, and what proves them.
_ELSEWHERE = (
    (
        "RTO critical systems 1 h",
        "all parts together; a rehearsal in which people recover everything shows it",
    ),
    (
        "RTO application 15 min",
        "redeploy an old version in a staging project, then preseason check --watch 15m",
    ),
    (
        "RTO static assets 5 min",
        "they come with the application's deployment; its provider's log has the time",
    ),
    (
        "RPO configuration 24 h",
        "the age of the exported variables where they are kept; they are secrets, not read",
    ),
    (
        "RPO application code 0",
        "the repository: git ls-remote names the commit that runs, as /api/health does",
    ),
)


def judge(drilled: Drilled, rto_s: float, rpo_s: float) -> DrillReport:
    """Every point of a drill, against how long a database may take to recover and how much may be lost."""
    rows = tuple(_rows(drilled, rto_s, rpo_s))
    code = worst(_CODES.get(row.status, ExitCode.PASS) for row in rows)
    return DrillReport(
        source=drilled.source,
        scratch=drilled.scratch,
        tools=drilled.tools,
        existing=drilled.existing,
        steps=tuple(Step(name=one.name, took_s=round(one.took_s, 3)) for one in drilled.steps),
        backups=tuple(_seen(one, drilled.now_s) for one in drilled.backups),
        rows=rows,
        tables=rows_of_tables(drilled.expected, drilled.restored),
        exit_code=code,
        sentence=_sentence(drilled, rows, code),
    )


def _rows(drilled: Drilled, rto_s: float, rpo_s: float) -> Iterator[Row]:
    if drilled.existing:
        yield from _newest(drilled)
    yield _restorable(drilled)
    yield from contents(drilled)
    if drilled.untouched is not None:
        yield _untouched(drilled)
    yield _rto(drilled, rto_s)
    yield from _rpo(drilled, rpo_s)
    for name, proof in _ELSEWHERE:
        yield Row(name=name, status=Status.ELSEWHERE, said=proof)


def _newest(drilled: Drilled) -> Iterator[Row]:
    """The newest backup as a file, and what else lies beside it."""
    if not drilled.backups:
        yield Row(name="readable", status=Status.FAIL, said=drilled.failure)
        return
    newest, others = drilled.backups[0], drilled.backups[1:]
    yield _readable(newest)
    broken = [one for one in others if one.fault]
    if broken:
        told = ", ".join(f"{one.place}: {one.fault}" for one in broken[:3])
        more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""  # noqa: PLR2004 - a line's worth
        yield Row(name="older backups", status=Status.NOTE, said=f"{told}{more}")


def _readable(backup: Backup) -> Row:
    if backup.fault:
        said = ": ".join(filter(None, (backup.place, backup.fault, backup.said)))
        return Row(name="readable", status=Status.FAIL, said=said, remedy=REMEDIES[backup.fault])
    tables = "" if backup.tables is None else f", data of {backup.tables} tables"
    how = " ".join(filter(None, (backup.format, backup.compressed)))
    return Row(name="readable", status=Status.OK, said=f"{backup.place}, {how}{tables}")


def _restorable(drilled: Drilled) -> Row:
    which = f"{drilled.tried.place}: " if drilled.tried else ""
    if drilled.restored is None:
        cut = any(word in drilled.failure for word in _CUT)
        remedy = REMEDIES[Fault.TRUNCATED] if cut else _NO_BACKUP
        said = f"{which}{drilled.failure or 'nothing was restored'}"
        return Row(name="restorable", status=Status.FAIL, said=said, remedy=remedy)
    rows = sum(drilled.restored.rows.values())
    if drilled.existing and not rows:
        remedy = REMEDIES[Fault.SCHEMA_ONLY]
        said = f"{len(drilled.restored.rows)} tables, and no row in any of them"
        return Row(name="restorable", status=Status.FAIL, said=said, remedy=remedy)
    said = f"{which}into {drilled.scratch}, without an error"
    return Row(name="restorable", status=Status.OK, said=said)


def _untouched(drilled: Drilled) -> Row:
    """The server held us to reading; that nobody else wrote can only be told where nobody did."""
    seen = drilled.untouched
    assert seen is not None  # noqa: S101 - asked only then
    if not seen.read_only:
        said = "the server did not hold our sessions to reading"
        return Row(name="source untouched", status=Status.FAIL, said=said)
    if seen.sessions_left:
        said = f"{seen.sessions_left} of our sessions are still there"
        return Row(name="source untouched", status=Status.FAIL, said=said)
    told = ["our sessions could only read"]
    told += ["nothing was written by anybody"] if seen.written == 0 else []
    told += [f"others, autovacuum among them, wrote {seen.written} rows"] if seen.written else []
    if not seen.schema_same:
        told.append("its schema was changed by somebody else meanwhile")
        return Row(name="source untouched", status=Status.NOTE, said="; ".join(told))
    return Row(name="source untouched", status=Status.OK, said="; ".join([*told, "its schema is the same"]))


def _rto(drilled: Drilled, rto_s: float) -> Row:
    name = f"RTO database {elapsed(rto_s)}"
    took_s = sum(one.took_s for one in drilled.steps if one.name in RECOVERY)
    if drilled.restored is None:
        return Row(name=name, status=Status.FAIL, said="nothing was recovered", limit_s=rto_s)
    status = Status.OK if took_s <= rto_s else Status.FAIL
    said = f"{elapsed(took_s)} from the backup to a verified database, on this machine"
    remedy = "" if status is Status.OK else "restore with --jobs, onto a larger machine, or from a replica"
    return Row(name=name, status=status, said=said, value_s=took_s, limit_s=rto_s, remedy=remedy)


def _rpo(drilled: Drilled, rpo_s: float) -> Iterator[Row]:
    database, users = f"RPO database {elapsed(rpo_s)}", f"RPO user data {elapsed(rpo_s)}"
    if not drilled.existing:
        said = "this drill made its own dump; --from FILE, folder or URL looks at yours"
        yield Row(name=database, status=Status.ELSEWHERE, said=said, limit_s=rpo_s)
        yield Row(name=users, status=Status.ELSEWHERE, said="lies in the database", limit_s=rpo_s)
        return
    row = _age(drilled, database, rpo_s)
    yield row
    yield row.model_copy(update={"name": users, "said": "lies in the database", "remedy": ""})
    yield from _spacing(drilled, rpo_s)


def _age(drilled: Drilled, name: str, rpo_s: float) -> Row:
    """How old the backup is that came back."""
    tried = drilled.tried
    if tried is None or tried.made_s is None or drilled.restored is None:
        return Row(name=name, status=Status.FAIL, said="no backup came back", limit_s=rpo_s)
    age_s = drilled.now_s - tried.made_s
    told = f"by {tried.told_by}"
    if age_s < -_CLOCKS_S:
        said = f"made {elapsed(-age_s)} in the future, {told}"
        remedy = "set the clocks right, or the time in its name"
        return Row(name=name, status=Status.NO_DATA, said=said, value_s=age_s, limit_s=rpo_s, remedy=remedy)
    status = Status.OK if age_s <= rpo_s else Status.FAIL
    remedy = "" if status is Status.OK else "back up more often, or archive WAL to lose less"
    said = f"what came back is {elapsed(max(0.0, age_s))} old, {told}"
    return Row(name=name, status=status, said=said, value_s=age_s, limit_s=rpo_s, remedy=remedy)


def _spacing(drilled: Drilled, rpo_s: float) -> Iterator[Row]:
    """Between two backups more may be lost than the age of the newest tells."""
    moments = sorted({one.made_s for one in drilled.backups if one.made_s is not None and not one.fault})
    longest_s = max((later - earlier for earlier, later in pairwise(moments)), default=0.0)
    if longest_s > rpo_s + _CLOCKS_S:
        said = f"up to {elapsed(longest_s)} between two of the last {len(moments)}: as much may be lost"
        remedy = "the manual's daily backups lose a day, not an hour"
        yield Row(name="time between backups", status=Status.NOTE, said=said, value_s=longest_s,
                  limit_s=rpo_s, remedy=remedy)  # fmt: skip


def _seen(backup: Backup, now_s: float) -> BackupSeen:
    return BackupSeen(
        place=backup.place,
        format=backup.format,
        size_bytes=backup.size_bytes,
        age_s=None if backup.made_s is None else round(now_s - backup.made_s, 1),
        told_by=backup.told_by,
        fault=backup.fault,
        said=backup.said,
    )


def _sentence(drilled: Drilled, rows: tuple[Row, ...], code: ExitCode) -> str:
    if code is ExitCode.PASS and drilled.restored is not None:
        total, tables = sum(drilled.restored.rows.values()), len(drilled.restored.rows)
        return f"The backup restores: {total} rows in {tables} tables, verified"
    missed = [row.name for row in rows if row.status is Status.FAIL]
    if missed:
        return f"The drill failed: {', '.join(missed)}"
    return f"The drill decides nothing: {', '.join(row.name for row in rows if row.status is Status.NO_DATA)}"
