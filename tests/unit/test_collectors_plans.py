from __future__ import annotations

import pytest

from preseason.collectors.postgres.plans import MAX_CHARACTERS, explain, shown_plan

SCAN = {
    "Node Type": "Index Scan",
    "Relation Name": "stock",
    "Index Name": "stock_pkey",
    "Total Cost": 8.27,
    "Plan Rows": 1,
    "Subplan Name": "SubPlan 1",
    "Index Cond": "(item = $1)",
    "Filter": "(secret = 'hunter2'::text)",
    "Output": ["'hunter3'"],
}


def asked(statement: str, version: int = 180_000) -> str | None:
    explaining = explain(statement, version)
    return explaining.as_string() if explaining else None


def test_a_plan_is_shown_as_a_tree_without_literals_and_without_what_we_do_not_know() -> None:
    join = {
        "Node Type": "Hash Join",
        "Join Type": "Left",
        "Total Cost": 20,
        "Plan Rows": 3,
        "Hash Cond": "(a.x = b.y)",
    }
    sort = {"Node Type": "Sort", "Total Cost": 30.5, "Plan Rows": 3, "Sort Key": ["a.x DESC", "b.y"]}
    plan = {**sort, "Plans": [{**join, "Plans": [SCAN]}]}
    assert shown_plan([{"Plan": plan, "Settings": {"search_path": "'hunter4'"}}]).splitlines() == [
        "Sort (cost 30.5, rows 3)",
        "  sort key: a.x DESC, b.y",
        "  Hash Join (left) (cost 20, rows 3)",
        "    hash condition: (a.x = b.y)",
        "    SubPlan 1: Index Scan using stock_pkey on stock (cost 8.27, rows 1)",
        "      index condition: (item = $1)",
        "      filter: (secret = ?::text)",
    ]


def test_an_endless_plan_is_cut() -> None:
    plan = {**SCAN, "Plans": [SCAN] * 100}
    assert len(shown_plan([{"Plan": plan}])) == MAX_CHARACTERS


@pytest.mark.parametrize("answer", [None, [{}], [{"Plan": {"Node Type": "Result"}}], "text"])
def test_what_is_no_plan_is_refused(answer: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        shown_plan(answer)


def test_a_statement_with_parameters_is_planned_from_version_16_on() -> None:
    statement = "SELECT * FROM t WHERE a = $1"
    assert asked(statement, 160_000) == f"EXPLAIN /* preseason */ (GENERIC_PLAN, FORMAT JSON) {statement}"
    assert asked(statement, 150_000) is None
    assert asked("SELECT * FROM t", 150_000) == "EXPLAIN /* preseason */ (FORMAT JSON) SELECT * FROM t"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t AS SELECT 1",
        "ANALYZE SELECT 1",
        "(FORMAT TEXT, ANALYZE) DELETE FROM t",
        "SELECT 1; DROP TABLE t",
        "SELECT 'open",
        "EXECUTE p",
        "",
    ],
)
def test_only_a_single_statement_on_tables_is_ever_planned(statement: str) -> None:
    assert asked(statement) is None


def test_nothing_is_ever_executed() -> None:
    for version in (140_000, 180_000):
        assert "ANALYZE" not in (asked("SELECT 1", version) or "ANALYZE")
