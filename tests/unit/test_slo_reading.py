from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import BadInputError
from preseason.run.requests import Endpoint
from preseason.slo.model import LoadModel, Severity, Slo, Spacing, Waiver
from preseason.slo.reading import parse_slo

TODAY = date(2026, 11, 23)
LOAD = "load: {model: open, rate: 20/s, duration: 60s}\n"
OBJECTIVES = "objectives: [p95 < 200 ms]\n"


def parsed(text: str, **files: str) -> Slo:
    return parse_slo(dedent(text), "slo/release.yaml", today=TODAY, read_file=files.__getitem__)


def problems(text: str) -> list[tuple[str, str, str]]:
    """Line and column, cause, remedy of everything that is wrong."""
    with pytest.raises(BadInputError) as caught:
        parsed(text)
    return [
        (problem.place.removeprefix("slo/release.yaml:"), problem.cause, problem.remedy)
        for problem in caught.value.problems
    ]


def test_the_shortest_file_has_a_load_and_an_objective() -> None:
    slo = parsed(LOAD + OBJECTIVES)

    assert slo.name == "release"
    assert slo.confidence == 0.95
    assert slo.limits_ms == (200.0,)
    assert (slo.load.model, slo.load.spacing, slo.load.warmup_s) == (LoadModel.OPEN, Spacing.POISSON, None)
    assert [(stage.kind, stage.begin, stage.end_s) for stage in slo.load.stages] == [("hold", 20.0, 60.0)]


def test_everything_that_can_be_said_about_a_load_is_understood() -> None:
    load = parsed("""\
        version: 1
        name: evening
        load:
          model: open
          spacing: uniform
          stages: [{hold: 60s, rate: 200/s}]
          warmup: 15s
          mix: {league_read: 60, LineupUser: 2.5}
          max_in_flight: 500
          seed: 7
        objectives: [p95 < 200 ms]
        """).load

    assert (load.spacing, load.warmup_s, load.max_in_flight, load.seed) == (Spacing.UNIFORM, 15.0, 500, 7)
    assert load.mix == {"league_read": 60.0, "LineupUser": 2.5}


def test_a_closed_load_is_given_in_users() -> None:
    load = parsed("load: {model: closed, users: 10, duration: 30s, warmup: 5s}\n" + OBJECTIVES).load

    assert load.model is LoadModel.CLOSED
    assert [(stage.begin, stage.end_s, stage.unit) for stage in load.stages] == [(10.0, 30.0, "users")]


def test_the_long_form_says_what_the_short_form_cannot() -> None:
    slo = parsed(
        "confidence: 99 %\n"
        + LOAD
        + """\
objectives:
  - p95 < 200 ms
  - objective: p95 < 200 ms
    for: POST /api/teams/lineup
    over: 1m
    severity: P1
    confidence: 0.9
    required: false
    weight: 2
    waived: {owner: ann, reason: index is being built, until: 2027-01-01}
"""
    )
    plain, long_form = slo.objectives

    assert (plain.confidence, plain.severity, plain.required) == (0.99, Severity.P2, True)
    assert long_form.name == "p95 < 200 ms for POST /api/teams/lineup over 1m"
    assert long_form.endpoint == Endpoint("/api/teams/lineup", "POST")
    assert (long_form.confidence, long_form.severity, long_form.required) == (0.9, Severity.P1, False)
    assert (long_form.over_s, long_form.weight) == (60.0, 2.0)
    assert long_form.waiver == Waiver("ann", "index is being built", date(2027, 1, 1))


def test_every_mistake_is_told_at_once_with_its_line_and_column() -> None:
    found = problems("""\
        version: 2
        nam: release
        load:
          model: open
          spacing: uniforn
          user: 5
          duration: 60
          stages: [{hold: 0s, rat: 3}, {hop: 3s}, {ramp: 3s}, 7]
          mix: {a: 0}
        objectives:
          - p95 < 200
          - 'errors > 1 %'
          - {objective: p95 < 1 s, sevrity: P9}
          - errors < 1 %
          - errors < 0.01 %
          - errors < 1.0%
          - [a]
          - {objective: cpu < 80 %, for: GET /x}
        """)

    assert [(place, cause) for place, cause, _ in found] == [
        ("1:10", "'2' is not allowed here"),
        ("2:1", "unknown key 'nam'"),
        ("5:12", "'uniforn' is not allowed here"),
        ("6:3", "unknown key 'user'"),
        ("7:13", "'60' is not a duration"),
        ("8:19", "a stage of no length"),
        ("8:23", "unknown key 'rat'"),
        ("8:32", "this is no stage"),
        ("8:43", "'to' is missing"),
        ("8:55", "this is no stage"),
        ("9:12", "a weight must be above 0"),
        ("11:11", "200 has no unit"),
        ("12:15", "errors cannot be asked to be '>' a limit"),
        ("13:28", "unknown key 'sevrity'"),
        ("16:5", "'errors < 1 %' stands twice"),
        ("17:5", "expected a mapping"),
        ("18:34", "cpu cannot be narrowed with 'for'"),
    ]
    remedies = {cause: remedy for _, cause, remedy in found}
    assert remedies["unknown key 'nam'"] == "did you mean 'name'?"
    assert remedies["unknown key 'sevrity'"] == "did you mean 'severity'?"
    assert remedies["'uniforn' is not allowed here"] == "did you mean 'uniform'?"
    assert "max_in_flight" in remedies["unknown key 'user'"]


@pytest.mark.parametrize(
    ("text", "place", "cause"),
    [
        ("", "1:1", "expected a mapping"),
        ("[1, 2]", "1:1", "expected a mapping"),
        ("load: [", "1:8", "is not YAML"),
        ("a: b: c", "1:5", "is not YAML"),
        ("a: \x00", "1:4", "is not YAML: the character"),
        (LOAD, "1:1", "'objectives' is missing"),
        (OBJECTIVES, "1:1", "'load' is missing"),
        (LOAD + "objectives: []", "2:13", "this is empty"),
        (LOAD + "objectives: p95 < 200 ms", "2:13", "expected a list"),
        (LOAD + OBJECTIVES + "name:", "3:1", "nothing is written after 'name'"),
        (LOAD + OBJECTIVES + "name: a\nname: b", "4:1", "'name' stands twice"),
        (LOAD + OBJECTIVES + "[1]: a", "3:1", "a key must be a word"),
        (LOAD + OBJECTIVES + "confidence: 100 %", "3:13", "below 100 %"),
        (LOAD + OBJECTIVES + "confidence: 40 %", "3:13", "above 50 %"),
        (LOAD + "objectives: &a [*a]", "2:13", "an alias refers to itself"),
        ("load: {rate: 20/s}\n" + OBJECTIVES, "1:7", "the load has no model"),
        ("load: {model: open}\n" + OBJECTIVES, "1:7", "a load needs stages"),
        ("load: {model: open, rate: 20, duration: 5s}\n" + OBJECTIVES, "1:27", "a rate like 200/s"),
        (
            "load: {model: closed, users: 20/s, duration: 5s}\n" + OBJECTIVES,
            "1:30",
            "a number of users like 20",
        ),
        ("load: {model: open, rate: 0/s, duration: 5s}\n" + OBJECTIVES, "1:27", "must be above 0"),
        ("load: {model: open, rate: -1/s, duration: 5s}\n" + OBJECTIVES, "1:27", "must be above 0"),
        (
            "load: {model: open, rate: 5/s, duration: 5s, warmup: 5s}\n" + OBJECTIVES,
            "1:54",
            "as long as the load",
        ),
        ("load: {model: open, rate: 5/s, duration: 5s, seed: -1}\n" + OBJECTIVES, "1:52", "at least 0"),
        ("load: {model: open, rate: 5/s, duration: 5s, mix: {}}\n" + OBJECTIVES, "1:51", "this is empty"),
        (
            "load: {model: open, rate: 5/s, stages: [{hold: 5s, rate: 1/s}]}\n" + OBJECTIVES,
            "1:27",
            "rate does not go with stages",
        ),
        (
            LOAD + "objectives:\n  - {objective: p95 < 1 s for /x, for: /y}",
            "3:40",
            "'for' stands twice",
        ),
        (
            LOAD + "objectives: [{objective: p95 < 1 s, waived: {owner: a, reason: b, until: 2026-11-22}}]",
            "2:74",
            "this waiver expired on 2026-11-22",
        ),
        (
            LOAD + "objectives: [{objective: p95 < 1 s, waived: {owner: a, until: soon}}]",
            "2:63",
            "'soon' is not a day",
        ),
        (LOAD + "objectives: [{objective: p95 < 1 s, weight: 0}]", "2:45", "a weight must be above 0"),
        (
            LOAD + "objectives: [{objective: p95 < 1 s, guardrail: true, required: false}]",
            "2:48",
            "an advisory objective ends no run",
        ),
        (
            LOAD + "objectives: [{objective: p95 < 1 s, guardrail: true, "
            "waived: {owner: a, reason: b, until: 2026-12-22}}]",
            "2:48",
            "a waived objective ends no run",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_at_the_place_of_the_mistake(
    text: str, place: str, cause: str
) -> None:
    found = problems(text)

    assert any(place == at and cause in why for at, why, _ in found), found


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("", ("2:3", "the load has no model", "write model: open, or model: closed")),
        ("model: opne, ", ("2:11", "'opne' is no model of a load", "did you mean 'open'?")),
        ("model: [open], ", ("2:3", "the load has no model", "write model: open, or model: closed")),
    ],
)
def test_a_load_without_its_model_is_read_to_the_end(model: str, told: tuple[str, str, str]) -> None:
    rest = "rate: 5 ms,\n  duration: 5 furlongs,\n  unknown: 3}\n"

    found = problems(f"load:\n  {{{model}{rest}{OBJECTIVES}")

    assert [cause for _, cause, _ in found] == [
        told[1],
        "'5 ms' is no load",
        "'5 furlongs' is not a duration",
        "unknown key 'unknown'",
    ]
    assert found[0] == told
    assert "max_in_flight" in found[3][2]


@pytest.mark.parametrize("load", ["5", "[]", "[{hold: 5s}]"])
def test_a_load_that_is_no_mapping_is_told_how_one_looks(load: str) -> None:
    assert problems(f"load: {load}\n{OBJECTIVES}") == [
        ("1:7", "expected a mapping", "as in load: {model: open, rate: 20/s, duration: 60s}")
    ]


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("objectives:\n\t- p95 < 200 ms", "2:1", "indent with blanks, not with tabs"),
        ("objectives:\n  - objective: p95 < 1 s\n\t  weight: 2", "3:1", "indent with blanks, not with tabs"),
        ("version: 1\n---\nversion: 1", "2:1", "keep one document: what stands before or after the ---"),
        ("a: *b", "1:4", "an alias, as *name, refers to a value marked &name above it; quote a text"),
        ("a: b: c", "1:5", "quote texts that hold braces, a hash, or a colon and a blank"),
    ],
)
def test_what_is_no_yaml_is_told_the_way_out_of_its_own_mistake(text: str, place: str, remedy: str) -> None:
    ((at, _, out),) = problems(text)

    assert (at, out) == (place, remedy)


def test_nesting_without_end_is_refused() -> None:
    for brackets in ("[" * 5000, "[" * 101 + "]" * 101, "{a: " * 5000):
        assert [cause for _, cause, _ in problems(brackets)] == ["is nested too deeply"]


def test_aliases_that_stand_for_a_huge_file_are_refused() -> None:
    layers = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))

    causes = [cause for _, cause, _ in problems("l0: &l0 [x]\n" + layers)]

    assert causes == ["an alias stands for too many values"]


def test_a_waiver_holds_on_its_last_day() -> None:
    waived = "objectives: [{objective: p95 < 1 s, waived: {owner: a, reason: b, until: 2026-11-23}}]"

    assert parsed(LOAD + waived).objectives[0].waiver is not None


def test_the_digest_is_that_of_the_meaning() -> None:
    plain = parsed(LOAD + "objectives: [p95 < 200 ms, errors < 1 %]")
    other = parsed(
        "# a comment\nname: another\nobjectives: [rate<0.01, p(95)<200]\n"
        "load:\n  model: open\n  stages: [{hold: 1m, rate: 1200/min}]\n"
    )
    stricter = parsed(LOAD + "objectives: [p95 < 100 ms, errors < 1 %]")

    assert plain.digest == other.digest
    assert plain.digest != stricter.digest
    assert plain.workload_digest == stricter.workload_digest


def test_the_workload_digest_knows_the_demand_and_nothing_else() -> None:
    def digest(load: str) -> str:
        return parsed(f"load: {{model: open, duration: 60s, {load}}}\n" + OBJECTIVES).workload_digest

    assert digest("rate: 20/s") == digest("rate: 20/s, seed: 9, warmup: 5s, max_in_flight: 8")
    assert digest("rate: 20/s, mix: {a: 1, b: 3}") == digest("rate: 20/s, mix: {b: 6, a: 2}")
    assert digest("rate: 20/s") != digest("rate: 21/s")
    assert digest("rate: 20/s") != digest("rate: 20/s, spacing: uniform")
    assert digest("rate: 20/s, mix: {a: 1, b: 3}") != digest("rate: 20/s, mix: {a: 1, b: 2}")


_WORDS = st.sampled_from(
    [
        "load",
        "objectives",
        "objective",
        "for",
        "waived",
        "until",
        "2027-01-01",
        "&a",
        "*a",
        "!!map",
        "|",
        "'",
        "{",
        "]",
        "model",
        "open",
        "closed",
        "stages",
        "hold",
        "ramp",
        "60s",
        "20/s",
        "users",
        "rate",
        "mix",
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(_WORDS, st.sampled_from([": ", "\n", "- ", "  ", ", ", "#"])), max_size=30).map(
        "".join
    ),
)


@given(_TEXTS)
def test_any_text_is_an_slo_or_is_refused_with_a_place(text: str) -> None:
    assert all(place for place in places_of_refusal(text))


_VALUES = st.recursive(
    st.one_of(
        _WORDS.filter(str.isalnum), st.just("p95 < 200 ms"), st.just("20/s"), st.just("60s"), st.just("~")
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(_WORDS.filter(str.isalnum), inner, max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@given(_VALUES, _VALUES)
def test_any_structure_is_an_slo_or_is_refused_with_a_place(load: str, objectives: str) -> None:
    assert all(place for place in places_of_refusal(f"load: {load}\nobjectives: {objectives}\n"))


def places_of_refusal(text: str) -> list[str]:
    try:
        parse_slo(text, "any.yaml", today=TODAY)
    except BadInputError as error:
        return [problem.place for problem in error.problems] or [""]
    return []
