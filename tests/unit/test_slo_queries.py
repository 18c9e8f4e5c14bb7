from __future__ import annotations

import pytest

from preseason.errors import BadInputError
from preseason.slo.model import Kind
from preseason.slo.reading import parse_slo

LOAD = "load: {model: open, rate: 20/s, duration: 60s}\n"


def test_queries_are_read_with_their_places() -> None:
    text = (
        f"{LOAD}prometheus:\n  url: http://prometheus:9090/\n  queries:\n"
        "    db_cpu: 1 - avg(rate(x[1m]))\n    hit_rate: y\n"
        "objectives: [prometheus.db_cpu < 80 %, prometheus.hit_rate > 90 %]\n"
    )
    slo = parse_slo(text, "slo.yaml")

    assert slo.queries.by_name == {"db_cpu": "1 - avg(rate(x[1m]))", "hit_rate": "y"}
    assert slo.queries.places["db_cpu"] == "slo.yaml:5:13"
    assert slo.queries.url == "http://prometheus:9090"
    assert {o.indicator.kind for o in slo.objectives} == {Kind.GAUGE}


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("queries: {}", "this is empty"),
        ("queries: {Db.Cpu: x}", "'Db.Cpu' cannot name a query"),
        ("queries: {a: [x]}", "expected a value, found a list"),
        ("query: {a: x}", "unknown key 'query'"),
        ("url: http://u:sekret@h, queries: {a: x}", "credentials do not belong here"),
        ("url: 'h:9090', queries: {a: x}", "no http or https address"),
    ],
)
def test_mistakes_are_told_without_secrets(section: str, complaint: str) -> None:
    with pytest.raises(BadInputError) as error:
        parse_slo(f"{LOAD}prometheus: {{{section}}}\nobjectives: [errors < 1 %]\n", "slo.yaml")

    assert complaint in str(error.value)
    assert "sekret" not in str(error.value)


def test_an_objective_about_a_query_that_is_not_there_is_a_mistake_at_its_place() -> None:
    text = f"{LOAD}prometheus: {{queries: {{db_cpu: x}}}}\nobjectives:\n  - prometheus.db_cpuu < 80 %\n"
    with pytest.raises(BadInputError) as error:
        parse_slo(text, "slo.yaml")

    (problem,) = error.value.problems
    assert (problem.place, problem.cause) == ("slo.yaml:4:5", "there is no query 'db_cpuu'")
    assert "db_cpu" in problem.remedy


def test_what_a_query_asks_is_part_of_the_question_and_where_it_is_asked_is_not() -> None:
    def digest(section: str) -> str:
        return parse_slo(f"{LOAD}{section}objectives: [errors < 1 %]\n", "slo.yaml").digest

    plain, asked = digest(""), digest("prometheus: {queries: {a: x}}\n")
    assert len({plain, asked, digest("prometheus: {queries: {a: y}}\n")}) == 3
    assert digest("prometheus: {url: 'http://h:9090', queries: {a: x}}\n") == asked
