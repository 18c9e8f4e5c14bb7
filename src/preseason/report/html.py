"""``report.html``: the whole answer about a run, on one page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import (
    alerts,
    blocking,
    budgets,
    cache,
    comparison,
    database,
    endpoints,
    figures,
    findings,
    glance,
    machines,
    objectives,
    provenance,
    relations,
    servers,
)
from preseason.report.charts import heat
from preseason.report.judged import judged_of
from preseason.report.page.parts import Section
from preseason.report.page.rendering import Frame, render_page
from preseason.verdict.evidence import evidence_of
from preseason.verdict.findings.followers import callers

if TYPE_CHECKING:
    from preseason.report.judged import Judged
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict


def render(run: Run, verdict: Verdict) -> str:
    """The page as text; the same run and verdict give the same bytes."""
    judged = judged_of(run, verdict)
    return render_page(
        _frame(run, verdict, judged),
        _sections(verdict),
        manifest=run.manifest,
        verdict=verdict,
        objectives=objectives.rows(verdict.objectives),
        words=objectives.meanings(verdict.objectives),
        alerts=alerts.rows(verdict),
        alerts_summary=alerts.summary(verdict),
        budgets=budgets.rows(verdict),
        budget_heads=budgets.heads(verdict),
        comparison=verdict.comparison,
        changes=comparison.rows(verdict.comparison) if verdict.comparison else (),
        changed=comparison.sentence(verdict.comparison) if verdict.comparison else "",
        window_text=provenance.window_text(verdict),
        unseen=provenance.unseen(run),
        facts=provenance.facts(run, verdict),
        **_measured(run, verdict, judged),
    )


def _frame(run: Run, verdict: Verdict, judged: Judged) -> Frame:
    manifest = run.manifest
    return Frame(
        word=verdict.verdict,
        sentence=verdict.sentence,
        about=(verdict.slo, manifest.target.url),
        name=f"{verdict.slo} · {manifest.run_id}",
        source=f"run {manifest.run_id}",
        version=manifest.generator.version,
        at_s=manifest.started_at.timestamp(),
        tiles=tuple(glance.tiles(run, verdict, judged)),
    )


def _sections(verdict: Verdict) -> tuple[Section, ...]:
    """In the order of their weight; what the verdict holds nothing of has none."""
    shown = (
        (True, "objectives", "Objectives", "Objectives"),
        (True, "validity", "Validity", "Can this run be trusted?"),
        (verdict.comparison, "comparison", "Changes", "What changed against the baseline"),
        (True, "timeline", "Over time", "Over time"),
        (True, "distribution", "Distribution", "How slow were the slowest?"),
        (True, "endpoints", "Endpoints", "Endpoints"),
        (True, "postgres", "Postgres", "Postgres"),
        (True, "redis", "Redis", "Redis"),
        (True, "machines", "Machines", "Machines"),
        (True, "findings", "Findings", "Findings"),
        (verdict.alerts, "alerts", "Alerts", "Would anybody have been told?"),
        (verdict.budgets, "budgets", "Error budgets", "Error budgets"),
        (True, "unseen", "Not collected", "What could not be collected"),
        (True, "reproduce", "Reproduce", "How to reproduce it"),
    )
    return tuple(
        Section(key, nav, heading, template=f"run/{key}.html.j2")
        for there, key, nav, heading in shown
        if there
    )


def _measured(run: Run, verdict: Verdict, judged: Judged) -> dict[str, object]:
    """What was measured of what was judged, and on the servers meanwhile."""
    limit = endpoints.shared_limit(verdict)
    return {
        "timeline": figures.timeline(run, verdict, judged.axis) if judged.axis else None,
        "by_endpoint": figures.by_endpoint(run, verdict, judged.axis) if judged.axis else (),
        "heat": heat.heat_map(run.requests, judged.axis) if judged.axis else None,
        "distribution": figures.latency_distribution(judged.requests, verdict),
        "endpoints": endpoints.rows(judged, limit),
        "limit": limit,
        "findings": findings.cards(verdict, run.statements),
        **_of_servers(run, verdict, judged),
    }


def _of_servers(run: Run, verdict: Verdict, judged: Judged) -> dict[str, object]:
    """What Postgres, Redis and machines did meanwhile."""
    window = verdict.window
    between = (window.start_s, window.end_s) if window else None
    return {
        "database": database.facts(evidence_of(run, window.warmup_s) if window else None),
        "statements": servers.statements(run.samples, run.statements, callers(run)),
        "relations": (*blocking.tables(run.blocking, run.statements), *relations.tables(run)),
        "pools": machines.pools(run.samples, *between) if between else (),
        "redis": servers.redis(run.samples, *between) if between else (),
        "commands_and_keys": cache.tables(run),
        "cache_by_endpoint": servers.cache_by_endpoint(judged.requests),
        "machines": machines.tables(run.samples, *between) if between else (),
    }
