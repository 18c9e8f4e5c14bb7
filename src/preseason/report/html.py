"""``report.html``: the whole answer on one page that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from preseason.report import (
    alerts,
    budgets,
    comparison,
    endpoints,
    figures,
    findings,
    glance,
    objectives,
    plain,
    provenance,
    servers,
    units,
)
from preseason.report.charts import heat
from preseason.report.judged import judged_of
from preseason.verdict.findings.followers import callers

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.verdict.model import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class _Inline:
    """A style sheet or script that stands in the page, and the hash by which the page's policy admits it."""

    text: Markup
    policy: str


def render(run: Run, verdict: Verdict) -> str:
    """The page as text; the same run and verdict give the same bytes."""
    headline, _, more = verdict.sentence.partition(". ")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            manifest=run.manifest,
            verdict=verdict,
            style=_inline("style.css"),
            script=_inline("report.js"),
            headline=headline,
            more=more,
            objectives=objectives.rows(verdict.objectives),
            meanings=_meanings(verdict),
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
            **_measured(run, verdict),
        )
    )


def _measured(run: Run, verdict: Verdict) -> dict[str, object]:
    """What was measured of what was judged, and on the servers meanwhile."""
    judged, window = judged_of(run, verdict), verdict.window
    limit = endpoints.shared_limit(verdict)
    timeline = figures.timeline(run, verdict, judged.axis) if judged.axis else None
    drawn = timeline.figures if timeline else ()
    return {
        "tiles": tuple(glance.tiles(run, verdict, judged)),
        "timeline": timeline,
        "points": {f"chart-{figure.chart.key}": figure.points for figure in drawn},
        "by_endpoint": figures.by_endpoint(run, verdict, judged.axis) if judged.axis else (),
        "heat": heat.heat_map(run.requests, judged.axis) if judged.axis else None,
        "distribution": figures.latency_distribution(judged.requests, verdict),
        "endpoints": endpoints.rows(judged, limit),
        "limit": limit,
        "statements": servers.statements(run.samples, run.statements, callers(run)),
        "redis": servers.redis(run.samples, window.start_s, window.end_s) if window else (),
        "cache_by_endpoint": servers.cache_by_endpoint(judged.requests),
        "findings": findings.cards(verdict, run.statements),
    }


def _meanings(verdict: Verdict) -> dict[Outcome, str]:
    """What the outcomes that occur here mean."""
    seen = {objective.outcome for objective in verdict.objectives}
    return {outcome: meaning for outcome, meaning in objectives.MEANINGS.items() if outcome in seen}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("preseason.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters |= {
        "ms": units.milliseconds,
        "percent": units.percent,
        "count": units.count,
        "per_second": units.per_second,
        "duration": units.duration,
        "utc": units.utc,
        "clock": units.clock,
        "short": plain.short,
        "lines": plain.lines,
        "sentence": plain.sentence,
        "breakable": _breakable,
    }
    return environment


def _harmless(value: object) -> object:
    """Every expression of every template passes here before it is escaped."""
    return plain.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(path: str) -> Markup:
    """A path that may go on in the next line with each slash."""
    return Markup("<wbr>/").join(plain.clean(path).split("/"))


@cache
def _inline(name: str) -> _Inline:
    text = files("preseason.report").joinpath("templates", name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return _Inline(Markup(text), f"'sha256-{digest}'")  # noqa: S704 - our own file, admitted by its hash
