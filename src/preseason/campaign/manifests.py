"""Begins a run's folder and writes its manifest: the facts that make a verdict repeatable."""

from __future__ import annotations

import hashlib
import os
import platform
import socket
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import psutil

from preseason.campaign.judging import keep_alerts, keep_slo
from preseason.campaign.looking import looks_of
from preseason.errors import BadInputError, Problem
from preseason.run.compaction import compact
from preseason.run.manifest import Generator, Manifest, Soak, Source, Status, Target, write_manifest
from preseason.traffic.staffing import staffing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from preseason.campaign.options import GateOptions
    from preseason.campaign.question import Question
    from preseason.campaign.target import ReadyTarget
    from preseason.slo.model import Slo
    from preseason.traffic.plan import Plan


def begin_run(out: Path, slo_file: Path, slo: Slo) -> Path:
    """A new folder for a run, named by the time and the SLO, so that names sort by time.

    Raises BadInputError when it cannot be made, before anything has been loaded.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = _first_free(out, f"{stamp}-{slo.name}")
        keep_slo(folder, slo_file, slo)
        keep_alerts(folder)
    except OSError as error:
        remedy = "name a folder that can be written with --out"
        raise BadInputError(Problem(f"cannot be written: {error.strerror}", str(out), remedy)) from None
    return folder


def _first_free(out: Path, name: str) -> Path:
    for number in range(1, 1000):
        folder = out / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(17, "a thousand runs of the same second", str(out))


def first_manifest(
    options: GateOptions, question: Question, target: ReadyTarget, plan: Plan, soak: Soak | None = None
) -> Manifest:
    """Write the manifest of a run that is about to begin, and return it."""
    slo, folder = question.slo, plan.run_folder
    manifest = Manifest(
        run_id=folder.name,
        status=Status.RUNNING,
        target=Target(
            url=target.url,
            kind=target.kind,
            platform_version=options.platform_version or target.version,
            commit=options.commit,
        ),
        generator=_generator(),
        started_at=datetime.now(UTC),
        model=slo.load.model.value,
        stages=slo.load.stages,
        warmup_s=slo.load.warmup_s,
        limits_ms=slo.limits_ms,
        scenarios=_by_scenario(question, {one.name: one.weight for one in question.traffic.classes}),
        users=_users(question, plan),
        seed=plan.seed,
        looks=looks_of(slo, until_decided=options.until_decided),
        workload_hash=_workload_hash(slo, options.locustfiles),
        slo_name=slo.name,
        slo_hash=slo.digest,
        command=options.command,
        faults=options.faults,
        sources=question.sources,
        soak=soak,
    )
    write_manifest(folder, manifest)
    return manifest


def _users(question: Question, plan: Plan) -> dict[str, float]:
    """How many users of each scenario wait for arrivals; a closed load has no arrivals to wait for."""
    if plan.model == "closed":
        return {}
    shares = staffing({one.name: one.weight for one in question.traffic.classes if one.weight > 0})
    return _by_scenario(question, {name: plan.users * share for name, share in shares.items()})


def _by_scenario(question: Question, figures: dict[str, float]) -> dict[str, float]:
    """Figures by user class, added up by scenario."""
    sums: defaultdict[str, float] = defaultdict(float)
    for user_class in question.traffic.classes:
        sums[user_class.scenario] += figures.get(user_class.name, 0.0)
    return dict(sums)


def finished(folder: Path, manifest: Manifest, status: Status, sources: Iterable[Source]) -> Manifest:
    """Write and return the manifest of a run that is over; its long recordings are made smaller.

    BadInputError where the run's folder cannot be written any more.
    """
    update = {"status": status, "ended_at": datetime.now(UTC), "sources": tuple(sources)}
    over = manifest.model_copy(update=update)
    try:
        write_manifest(folder, over)
        compact(folder)
    except OSError as error:
        remedy = f"free some room, then judge what was recorded: preseason judge {folder.name}"
        raise BadInputError(Problem(f"cannot be written: {error.strerror}", str(folder), remedy)) from None
    return over


def _generator() -> Generator:
    return Generator(
        version=version("preseason"),
        locust=version("locust"),
        python=platform.python_version(),
        host=hashlib.sha256(socket.gethostname().encode()).hexdigest()[:12],
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
    )


def _cpu_model() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:  # noqa: PTH123 - not a file of ours
            names = (line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name"))
            return next(names, platform.machine())
    except OSError:
        return platform.processor() or platform.machine()


def _workload_hash(slo: Slo, locustfiles: Iterable[Path]) -> str:
    """Two runs may be compared when this is equal: the same load, made by the same scenarios."""
    digest = hashlib.sha256(slo.workload_digest.encode())
    for path in locustfiles:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
