"""``preseason history``: which runs there are, and what is to become of the old ones."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from preseason.cli.default_command import DefaultCommandGroup
from preseason.cli.together import Commands
from preseason.errors import BadInputError, ExitCode, Problem

if TYPE_CHECKING:
    from preseason.campaign.history.pruning import Pruning
    from preseason.campaign.history.reading import PastRuns
    from preseason.verdict.history.comparable import PastRun

app = Commands(
    cls=DefaultCommandGroup,
    help="Past runs, wherever they are kept: history [OPTIONS] is history list [OPTIONS].",
    rich_markup_mode=None,
)
_Out = Annotated[
    str,
    typer.Option(
        envvar="PRESEASON_OUT", help="Where runs are: a folder, or an address such as s3://bucket/runs."
    ),
]
#: Where there is no terminal to fit into.
_WIDTH = 200
_DAYS = re.compile(r"(\d{1,5})\s*([dw])")
_DAYS_OF = {"d": 1, "w": 7}


@app.command("list")
def listing(
    out: _Out = "reports",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List past runs, the oldest first: when, how they ended, of what workload, against what."""
    from preseason.campaign.history.pruning import baseline_folders
    from preseason.campaign.history.reading import need_runs, read_history, shelf_at

    past = need_runs(read_history(shelf_at(out)))
    baselines = baseline_folders(past)
    rows = [_row(run, baseline=run.folder in baselines) for run in past.runs]
    if as_json:
        print(json.dumps({"version": 1, "runs": rows}, indent=2))
    else:
        _say_rows(rows)
    _say_problems(past)


@app.command("prune")
def prune(
    out: _Out = "reports",
    keep: Annotated[int | None, typer.Option(min=1, help="Leave the newest so many.")] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Leave what is younger than this, as in 90d, 12w or 36h.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; without it, they are only named.")] = False,
) -> None:
    """Remove old runs: beyond a number, before an age, or both. Baselines and unfinished runs stay."""
    from preseason.campaign.history.pruning import prunable
    from preseason.campaign.history.reading import need_runs, read_history, shelf_at

    if keep is None and older_than is None:
        remedy = "as in preseason history prune --keep 90 --older-than 90d"
        raise BadInputError(Problem("neither --keep nor --older-than is given", "prune", remedy))
    before = None if older_than is None else _moment_before(older_than, datetime.now(UTC))
    past = need_runs(read_history(shelf_at(out)))
    pruning = prunable(past, keep=keep, before=before)
    _say_pruning(past, pruning)
    if not yes:
        print("nothing was removed" + (": --yes removes them" if pruning.gone else ""))
        return
    for run in pruning.gone:
        past.shelf.remove(run.folder)
    print(f"removed: {len(pruning.gone)} of {len(past.runs)} runs")


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Parquet file to write.")],
    out: _Out = "reports",
) -> None:
    """Write a Parquet file with a row for each run and indicator."""
    from preseason.campaign.history.export import export_history
    from preseason.campaign.history.reading import need_runs, read_history, shelf_at

    past = need_runs(read_history(shelf_at(out)))
    rows = export_history(past.runs, file)
    print(f"{file}: {rows} rows of {len(past.runs)} runs")
    _say_problems(past)
    if past.problems:
        raise typer.Exit(ExitCode.UNDECIDED)


def _moment_before(age: str, now: datetime) -> datetime:
    """The moment so long before; BadInputError where the age is none, or goes back beyond the calendar."""
    try:
        return now - _age(age)
    except OverflowError:
        remedy = "write it like 90d, 12w or 36h"
        raise BadInputError(Problem("is older than any run", f"--older-than {age}", remedy)) from None


def _age(text: str) -> timedelta:
    from preseason.cli.durations import seconds_of

    days = _DAYS.fullmatch(text.strip())
    if days:
        return timedelta(days=int(days[1]) * _DAYS_OF[days[2]])
    return timedelta(seconds=seconds_of("--older-than", text))


def _row(run: PastRun, *, baseline: bool) -> dict[str, Any]:
    target = run.manifest.target
    return {
        "run": run.run_id,
        "started_at": run.started_at.isoformat(),
        "status": run.manifest.status.value,
        "verdict": run.verdict.verdict.value if run.verdict else None,
        "slo": run.verdict.slo if run.verdict else None,
        "workload": run.manifest.workload_hash,
        "target": target.url,
        "target_kind": target.kind,
        "platform_version": target.platform_version,
        "commit": target.commit,
        "baseline": baseline,
    }


def _say_rows(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from preseason.cli.verdict import colour
    from preseason.report import plain

    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for head in ("run", "started (UTC)", "status", "verdict", "slo", "workload", "target", "platform"):
        table.add_column(head, header_style="dim", no_wrap=True)
    for row in rows:
        verdict = row["verdict"] or "–"
        version = " ".join(part for part in (row["platform_version"], (row["commit"] or "")[:12]) if part)
        table.add_row(
            Text(plain.clean(row["run"]) + (" (baseline)" if row["baseline"] else "")),
            row["started_at"][:16].replace("T", " "),
            row["status"],
            Text(verdict, style=colour(verdict)),
            Text(plain.short(row["slo"] or "–", 30)),
            row["workload"][:8],
            Text("reference" if row["target_kind"] == "embedded" else plain.short(row["target"], 50)),
            Text(plain.short(version or "–", 40)),
        )
    console.print(table)


def _say_pruning(past: PastRuns, pruning: Pruning) -> None:
    for run in pruning.gone:
        size = past.shelf.size_bytes(run.folder) / 2**20
        print(f"goes: {run.folder}, {run.started_at:%Y-%m-%d}, {size:.1f} MiB")
    for run, reason in pruning.spared:
        print(f"stays: {run.folder}: {reason}")
    if not pruning.gone:
        print(f"none of {len(past.runs)} runs is to go")


def _say_problems(past: PastRuns) -> None:
    for problem in past.problems:
        sys.stderr.write(f"preseason: {problem}\n")
