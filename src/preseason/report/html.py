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

from preseason.report import endpoints, figures, findings, objectives, plain, provenance, servers, units
from preseason.run.statements import read_statements
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.verdict.model import ObjectiveResult, Verdict


@dataclass(frozen=True, slots=True)
class _Inline:
    """A style sheet or script that stands in the page, and the hash by which the page's policy admits it."""

    text: Markup
    policy: str


def render(run: Run, verdict: Verdict) -> str:
    """The page as text; the same run and verdict give the same bytes."""
    style, script = _inline("style.css"), _inline("report.js")
    headline, _, more = verdict.sentence.partition(". ")
    timeline = figures.timeline(run, verdict)
    page = _environment().get_template("report.html.j2")
    return page.render(
        manifest=run.manifest,
        verdict=verdict,
        style=style,
        script=script,
        headline=headline,
        more=more,
        tiles=_tiles(run, verdict),
        objectives=objectives.rows(verdict.objectives),
        findings=findings.cards(verdict, read_statements(run.folder)),
        meanings=_meanings(verdict),
        window_text=provenance.window_text(verdict),
        timeline=timeline,
        points={f"chart-{figure.chart.key}": figure.points for figure in timeline.figures}
        if timeline
        else {},
        unseen=provenance.unseen(run),
        facts=provenance.facts(run, verdict),
        **_measured(run, verdict),
    )


def _measured(run: Run, verdict: Verdict) -> dict[str, object]:
    """What was measured in the judged window, and on the servers meanwhile."""
    judged = _judged(run, verdict)
    limit = endpoints.shared_limit(verdict)
    window = verdict.window
    return {
        "distribution": figures.latency_distribution(judged, verdict),
        "endpoints": endpoints.rows(judged, _seconds(run, verdict), limit),
        "limit": limit,
        "statements": servers.statements(run.samples, read_statements(run.folder)),
        "redis": servers.redis(run.samples, window.start_s, window.end_s) if window else (),
        "cache_by_endpoint": servers.cache_by_endpoint(judged),
    }


def _judged(run: Run, verdict: Verdict) -> Requests:
    window = verdict.window
    return run.requests if window is None else run.requests.between(window.start_s, window.end_s)


def _seconds(run: Run, verdict: Verdict) -> float:
    if verdict.window is not None:
        return max(verdict.window.end_s - verdict.window.start_s, 1.0)
    seconds = run.requests.second
    return float(seconds.max() - seconds.min() + 1) if len(seconds) else 1.0


def _tiles(run: Run, verdict: Verdict) -> tuple[servers.Fact, ...]:
    """The size of the evidence at a glance; no figure here competes with an objective's."""
    judged = _judged(run, verdict)
    rate = judged.total / _seconds(run, verdict)
    planned, started = (int(run.arrivals[column].to_numpy().sum()) for column in ("planned", "started"))
    tiles = [
        _held(verdict),
        servers.Fact("Requests answered", units.count(judged.total), units.per_second(rate)),
        servers.Fact("Of them failed", units.count(judged.failures().total)),
    ]
    if planned:
        share = units.percent(started / planned)
        tiles.append(servers.Fact("Planned journeys begun", share, f"{units.count(planned)} were due"))
    if verdict.window:
        length = units.duration(verdict.window.end_s - verdict.window.start_s)
        tiles.append(
            servers.Fact("Judged for", length, f"after {units.duration(verdict.window.warmup_s)} warm-up")
        )
    return tuple(tiles)


def _held(verdict: Verdict) -> servers.Fact:
    """How many of the objectives that count hold; the others are a remark."""

    def counted(objectives: list[ObjectiveResult]) -> str:
        return f"{sum(o.outcome is Outcome.PASS for o in objectives)} of {len(objectives)}"

    counting = [o for o in verdict.objectives if o.required and o.outcome is not Outcome.WAIVED]
    others = [o for o in verdict.objectives if o not in counting]
    remark = f"and {counted(others)} not required" if others else ""
    return servers.Fact("Objectives that hold", counted(counting), remark)


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
