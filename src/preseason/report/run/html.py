"""``report.html``: the whole answer about a run, on one page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import comparison
from preseason.report.charts import heat
from preseason.report.page.parts import Absent, Facts, Section
from preseason.report.page.rendering import Frame, render_page
from preseason.report.run import (
    alerts,
    answer,
    blocking,
    budgets,
    cache,
    database,
    endpoints,
    endurance,
    figures,
    findings,
    glance,
    machines,
    objectives,
    provenance,
    relations,
    servers,
    statement_table,
)
from preseason.report.run.judged import judged_of
from preseason.verdict.evidence import evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.run.judged import Judged
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict


def render(run: Run, verdict: Verdict) -> str:
    """The page as text; the same run and verdict give the same bytes."""
    judged = judged_of(run, verdict)
    return render_page(
        _frame(run, verdict, judged),
        tuple(_sections(run, verdict, judged)),
        verdict=verdict,
        objectives=objectives.rows(verdict.objectives),
        words=objectives.meanings(verdict.objectives),
        window_text=provenance.window_text(verdict),
        findings=findings.cards(verdict, run.statements, judged.axis),
        **_measured(run, verdict, judged),
    )


def _frame(run: Run, verdict: Verdict, judged: Judged) -> Frame:
    manifest = run.manifest
    return Frame(
        word=verdict.verdict,
        sentence=answer.headline(verdict),
        detail=" ".join(filter(None, (answer.detail(verdict), *provenance.caveats(run)))),
        about=(verdict.slo, manifest.target.url),
        name=f"{verdict.slo} · {manifest.run_id}",
        source=f"run {manifest.run_id}",
        version=manifest.generator.version,
        at_s=manifest.started_at.timestamp(),
        stands_out=findings.first(verdict),
        tiles=tuple(glance.tiles(run, verdict, judged)),
    )


def _sections(run: Run, verdict: Verdict, judged: Judged) -> Iterator[Section]:
    """In the order of their weight; what the verdict holds nothing of has none."""
    yield _own("objectives", "Objectives", "Objectives")
    yield _own("validity", "Validity", "Can this run be trusted?")
    yield from _changes(verdict)
    yield _own("timeline", "Over time", "Over time")
    yield _own("distribution", "Distribution", "How slow were the slowest?")
    yield _own("endpoints", "Endpoints", "Endpoints")
    yield from _servers(run, verdict, judged)
    yield from _hours(verdict)
    yield _own("findings", "Findings", "Findings")
    yield from _told(verdict)
    yield Section(
        "unseen", "Not collected", "What could not be collected", parts=provenance.unseen_parts(run)
    )
    yield Section("reproduce", "Reproduce", "How to reproduce it", parts=provenance.parts(run, verdict))


def _own(key: str, nav: str, heading: str) -> Section:
    """A section whose form is its own."""
    return Section(key, nav, heading, template=f"run/{key}.html.j2")


def _changes(verdict: Verdict) -> Iterator[Section]:
    found = verdict.comparison
    if found is not None:
        lead = f"Against {', '.join(found.baseline)}: {comparison.sentence(found)}"
        heading = "What changed against the baseline"
        yield Section("changes", "Changes", heading, lead, tuple(comparison.parts(found)))


def _servers(run: Run, verdict: Verdict, judged: Judged) -> Iterator[Section]:
    """What Postgres, Redis and machines did meanwhile."""
    window = verdict.window
    between = (window.start_s, window.end_s) if window else None
    facts = database.facts(evidence_of(run, window.warmup_s) if window else None)
    postgres = (
        *((Facts(facts),) if facts else ()),
        *statement_table.parts(run),
        *blocking.tables(run.blocking, run.statements),
        *relations.tables(run),
        *(machines.pools(run.samples, *between) if between else ()),
    )
    yield Section("postgres", "Postgres", "Postgres", parts=postgres)
    told = servers.redis(run.samples, *between) if between else ()
    sampled = Facts(told) if told else Absent("Redis was not sampled in this window")
    redis = (sampled, *cache.by_endpoint(judged.requests), *cache.tables(run))
    yield Section("redis", "Redis", "Redis", parts=redis)
    seen = machines.tables(run.samples, *between) if between else ()
    none = (Absent("no machine was sampled in this window"),)
    yield Section("machines", "Machines", "Machines", parts=seen or none)


def _hours(verdict: Verdict) -> Iterator[Section]:
    """What only hours show."""
    if verdict.endurance is not None:
        shown = tuple(endurance.parts(verdict.endurance))
        yield Section("hours", "Hours", "What the hours showed", endurance.LEAD, shown)


def _told(verdict: Verdict) -> Iterator[Section]:
    """What the operators would have been told, and what a month like this would cost."""
    if verdict.alerts:
        lead = f"{alerts.summary(verdict)}. They are asked of the whole load and decide nothing."
        heading = "Would anybody have been told?"
        yield Section("alerts", "Alerts", heading, lead, tuple(alerts.parts(verdict)))
    if verdict.budgets:
        yield Section(
            "budgets", "Error budgets", "Error budgets", budgets.LEAD, tuple(budgets.parts(verdict))
        )


def _measured(run: Run, verdict: Verdict, judged: Judged) -> dict[str, object]:
    """What was measured of what was judged."""
    limit = endpoints.shared_limit(verdict)
    return {
        "timeline": figures.timeline(run, verdict, judged.axis) if judged.axis else None,
        "by_endpoint": figures.by_endpoint(run, verdict, judged.axis) if judged.axis else (),
        "heat": heat.heat_map(run.requests, judged.axis) if judged.axis else None,
        "distribution": figures.latency_distribution(judged.requests, verdict),
        "endpoints": endpoints.rows(judged, limit),
        "limit": limit,
    }
