from __future__ import annotations

import report_specimen as specimen

from preseason.report import markdown
from preseason.report.run import html
from preseason.slo.grammar import parse_objective
from preseason.verdict.budget import budget_of
from preseason.verdict.judgement import Judgement
from preseason.verdict.model import AlertResult, AlertState, ErrorBudget, Firing, Outcome, Verdict
from preseason.verdict.objectives import result_of


def alert(state: AlertState, **changes: object) -> AlertResult:
    plain = AlertResult(
        name=f"errors > 5 % over 5m {state}",
        level="critical",
        state=state,
        comparison=">",
        limit=0.05,
        unit="ratio",
        reason="because <b>",
    )
    return plain.model_copy(update=changes)


def budget(good: int) -> ErrorBudget:
    objective = parse_objective("errors < 1 %")
    judgement = Judgement(
        Outcome.PASS, "", good=good, total=1000, ratio_low=good / 1000 - 0.01, ratio_high=good / 1000 + 0.001
    )
    return budget_of(objective, result_of(objective, judgement))


def told() -> Verdict:
    fired = alert(
        AlertState.FIRED,
        worst=0.0501,
        firings=(Firing(start_s=1.0, end_s=None),),
        burn_rates={"errors < 1 %": 5.0},
    )
    unknown = alert(AlertState.NOT_EVALUABLE, needs="a load of at least 5 minutes")
    return specimen.verdict(
        alerts=(alert(AlertState.QUIET), unknown, fired), budgets=(budget(980), budget(999))
    )


def test_both_reports_say_which_alerts_fired_and_which_nobody_can_tell() -> None:
    page, summary = html.render(specimen.run(), told()), markdown.render(specimen.run(), told())

    for text in (page, summary):
        assert "1 of 3 alerts would have fired; 1 could not be evaluated" in text
    assert page.index("FIRED") < page.index("QUIET") < page.index("1 could not be evaluated</summary>")
    assert "It needs a load of at least 5 minutes" in page
    assert "burn rate 5 of errors &lt; 1" in page
    assert "because &lt;b&gt;" in page.lower()


def test_both_reports_say_when_a_budget_would_be_gone() -> None:
    page, summary = html.render(specimen.run(), told()), markdown.render(specimen.run(), told())

    assert "gone in 15" in page.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "gone in 15" in summary
    assert "7\N{NARROW NO-BREAK SPACE}h\N{NARROW NO-BREAK SPACE}12" in page


def test_a_verdict_without_alerts_and_budgets_has_no_section_for_them() -> None:
    page = html.render(specimen.run(), specimen.verdict())

    assert 'id="alerts"' not in page
    assert 'id="budgets"' not in page
