"""``summary.md``: the answer in a screenful, for a step summary or a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.run import alerts, budgets, endurance, objectives, provenance
from preseason.report.run.findings import evidence_of
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from preseason.run.reading import Run
    from preseason.verdict.model import Finding, Verdict

#: Enough for the three statements that one may name: cut in their midst, they read as one.
_TITLE_CHARACTERS = 400
#: A step summary may hold a megabyte; a reader, a screenful.
_MOST_FINDINGS = 10
#: What an objective came to in a run that says nothing.
_VOID = "⚪"

_MARKS = {
    Decision.PASS: "✅",
    Decision.FAIL: "❌",
    Decision.UNDECIDED: "❔",
    Decision.INVALID: "⚠️",
    Outcome.NO_DATA: "❔",
    Outcome.NOT_STEADY: "❔",
    Outcome.WAIVED: "⏭️",
}


def render(run: Run, verdict: Verdict, report: str = "report.html") -> str:
    """The summary; ``report`` is where the whole report is, as a path beside this file."""
    blocks = (
        f"## {_MARKS[verdict.verdict]} {verdict.verdict}: {escaped(verdict.sentence, 400)}",
        _run_line(run, verdict),
        _validity(verdict),
        "\n".join(_table(verdict)),
        "\n".join(_alerts(verdict)),
        "\n".join(_budgets(verdict)),
        "\n".join(_hours(verdict)),
        "\n".join(_findings(verdict.findings)),
        f"Everything else: `{plain.short(report)}` in the run's folder, opened in any browser.",
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


#: What Markdown or the HTML within it would take for markup, and only there: the source stays readable, and
#: ``redis.hit_rate < 90 %`` can still be searched for.
_SPECIAL = re.compile(
    r"""[\\`*\[\]|~&$]          # anywhere
    | <(?=[A-Za-z/!?])             # a tag
    | (?<!\w)_ | _(?!\w)           # emphasis, which begins and ends at the edge of a word
    | :(?=//) | (?<=www)\.          # an address, which would become a link
    | ^[-+\#>=]                   # a list, a heading, a quotation
    """
    # A number of up to nine digits begins a list where its full stop ends the word.
    + "".join(rf"| (?<=^\d{{{digits}}})[.)](?=\s|$)" for digits in range(1, 10)),
    re.VERBOSE | re.IGNORECASE,
)
#: Mentions and references are looked for in what was rendered, where an escaped sign is a sign again.
_REFERENCE = re.compile(r"@(?=\w)|[#!](?=\d)")
_JOINER = "\N{WORD JOINER}"


def escaped(text: str, length: int = 160) -> str:
    """Foreign text on one line that no Markdown reader takes for markup, a mention or a link."""
    line = plain.short(text, length).replace(plain.THIN_SPACE, " ")
    apart = _REFERENCE.sub(lambda sign: f"{sign[0]}{_JOINER}", line)
    return _SPECIAL.sub(lambda special: f"&#{ord(special[0])};", apart)


def _run_line(run: Run, verdict: Verdict) -> str:
    started = units.utc(run.manifest.started_at.timestamp())
    about = (verdict.slo, verdict.run, run.manifest.target.url, started)
    told = " · ".join(escaped(text) for text in about)
    texts = (provenance.window_text(verdict), *provenance.caveats(run))
    return " ".join((f"{told}.", *(escaped(text, 400) for text in texts)))


def _validity(verdict: Verdict) -> str:
    if verdict.validity.valid:
        return ""
    reasons = [f"- {escaped(plain.sentence(reason))}" for reason in verdict.validity.reasons]
    return "\n".join(["**The run is invalid**; it says nothing about the platform:", "", *reasons])


def _table(verdict: Verdict) -> Iterator[str]:
    if not verdict.objectives:
        yield "No objective was judged."
        return
    yield "| | Objective | Limit | Measured | Interval | Why |"
    yield "|---|---|--:|--:|--:|---|"
    valid = verdict.validity.valid
    for row in objectives.rows(verdict.objectives):
        why = f"{plain.sentence(row.reason)} Needs {row.needs}." if row.needs else plain.sentence(row.reason)
        optional = "" if row.required else " (advisory)"
        yield cells(
            f"{_MARKS[row.outcome] if valid else _VOID} {row.outcome.replace('_', ' ')}",
            escaped(row.name) + optional,
            escaped(row.limit),
            f"**{escaped(row.value)}**",
            escaped(row.interval),
            escaped(why, 300),
        )


def cells(*texts: str) -> str:
    """A row of a table; the texts are escaped already."""
    return f"| {' | '.join(texts)} |"


def _alerts(verdict: Verdict) -> Iterator[str]:
    """What fired, line by line; the rest in a sentence."""
    if not verdict.alerts:
        return
    yield f"**Alerts:** {escaped(plain.sentence(alerts.summary(verdict)))}"
    fired = [row for row in alerts.rows(verdict) if row.tone == "fail"]
    if fired:
        yield ""
    for row in fired:
        yield f"- {escaped(row.level)} {escaped(row.name)}: {escaped(plain.sentence(row.why), 300)}"


def _budgets(verdict: Verdict) -> Iterator[str]:
    """What was used of each budget; those of which nothing was are left out."""
    used = [row for row, budget in zip(budgets.rows(verdict), verdict.budgets, strict=True) if budget.burn]
    if not used:
        return
    yield "**Error budgets**, if production behaved like this run for 30 days:"
    yield ""
    for row in used:
        yield f"- {escaped(row.objective)}: burn rate {escaped(row.burn)}, {escaped(row.gone)}"


def _hours(verdict: Verdict) -> Iterator[str]:
    """What only hours show, a sentence a line."""
    told = tuple(endurance.lines(verdict.endurance)) if verdict.endurance is not None else ()
    if told:
        yield "### What the hours showed"
        yield ""
    for line in told:
        yield f"- {escaped(plain.sentence(line), 400)}"


def _findings(findings: tuple[Finding, ...]) -> Iterable[str]:
    if not findings:
        return
    yield "### Findings"
    yield ""
    for finding in findings[:_MOST_FINDINGS]:
        figures = ", ".join(
            f"{escaped(name, 60)} {escaped(told, 120)}" for name, told in evidence_of(finding)
        )
        title = escaped(plain.sentence(finding.title), _TITLE_CHARACTERS)
        yield f"- {title}{f' ({figures})' if figures else ''}"
    if len(findings) > _MOST_FINDINGS:
        yield f"- and {len(findings) - _MOST_FINDINGS} more, in the report"
