"""What YAML, editors and accidents make of a file that a person wrote."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import BadInputError
from preseason.slo.reading import parse_slo, read_slo

if TYPE_CHECKING:
    from pathlib import Path

LOAD = "load: {model: open, rate: 20/s, duration: 60s}\n"
PLAIN = LOAD + "objectives: [p95 < 200 ms]\n"


def causes(text: str) -> list[str]:
    with pytest.raises(BadInputError) as refused:
        parse_slo(text, "slo.yaml")
    return [f"{one.cause}; {one.remedy}" for one in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("load: {model: open, rate: 20/s, duration: 60s, seed: 0o17}", "octal"),
        ("load: {model: open, rate: 20/s, duration: 60s, seed: 017}", "octal"),
        ("load: {model: open, rate: 20/s, duration: 60s, max_in_flight: 1_000}", "whole number"),
        ("load: {model: open, rate: 20/s, duration: 1:30}", "not a duration"),
        ("objectives: [{objective: p95 < 1 s, required: yes}]", "write true or false"),
        ("objectives: [{objective: p95 < 1 s, weight: .inf}]", "not a quantity"),
        ("confidence: .nan", "not a quantity"),
        ("objectives: [p95 < .nan ms]", "expected a limit"),
        ("objectives: [p95 < inf ms]", "expected a limit"),
        ("objectives: [p95 < 1e3 ms]", "wrong unit"),
        ("objectives: [p95 < 1_000 ms]", "no unit"),
        ("objectives: [p95 < \N{ARABIC-INDIC DIGIT THREE} ms]", "expected a limit"),
        ("objectives: [2027-01-01]", "expected something to measure"),
        (
            "objectives: [{objective: p95 < 1 s, waived: {owner: a, reason: b, until: 2027-02-30}}]",
            "not a day",
        ),
        ("<<: {name: a}", "merge keys are not read"),
        ("name: a\nname: b", "'name' stands twice"),
        ("name:\ta\n\tb: c", "not YAML"),
        ("name: '\0'", "not allowed"),
        ("? [a]\n: b", "a key must be a word"),
        ("--- a\n--- b", "single document"),
        ("%YAML 9.9\n---\nname: a", "not YAML"),
    ],
)
def test_what_yaml_would_read_otherwise_is_refused_and_said(text: str, told: str) -> None:
    assert any(told in cause for cause in causes(text)), causes(text)


def test_a_python_object_in_a_file_is_text_like_any_other() -> None:
    assert parse_slo(PLAIN + "name: !!python/object/apply:os.system 'true'", "slo.yaml").name == "true"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"#" * 10_000_000, "larger than 256 KiB"),
        ("load: x".encode("utf-16"), "not UTF-8"),
        (b"\n\nload: \xe9", "slo.yaml:3: is not UTF-8"),
        (b"\0" * 50, "not YAML"),
        (b"", "expected a mapping"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_bytes(content)

    with pytest.raises(BadInputError, match=told):
        read_slo(tmp_path / "slo.yaml")


def test_a_device_is_not_read_to_its_end() -> None:
    from pathlib import Path  # noqa: PLC0415 - the module imports it for types only

    with pytest.raises(BadInputError, match="larger than"):
        read_slo(Path(os.devnull).with_name("zero"))


def test_marks_that_editors_leave_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_bytes(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode())

    assert read_slo(tmp_path / "slo.yaml").limits_ms == (200.0,)


def test_a_quoted_escape_does_not_reach_the_terminal_and_a_long_one_is_cut() -> None:
    with pytest.raises(BadInputError) as refused:
        parse_slo(f'{LOAD}objectives: ["\\e[31m{"x" * 100_000}"]', "slo.yaml")

    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 3000


_PIECES = st.sampled_from(
    [
        *(
            "load:",
            "objectives:",
            "- ",
            "  ",
            "\n",
            ": ",
            "{",
            "}",
            "[",
            "]",
            ",",
            "&a ",
            "*a",
            "<<: ",
            "!!int ",
        ),
        *(
            "p95 < 200 ms",
            "errors < 1 %",
            "model: open",
            "rate: 20/s",
            "duration: 60s",
            "stages:",
            "hold: 5s",
        ),
        *(
            "waived:",
            "until:",
            "2027-01-01",
            "owner: a",
            "reason: b",
            "|",
            ">",
            "'",
            '"',
            "#",
            "---",
            "...",
            "? ",
        ),
        *(
            "over: 1m",
            "for: POST /x",
            "severity: P1",
            "\t",
            "\r",
            "\x85",
            "\ufeff",
            "\u2028",
            "-0",
            "1e999",
            "~",
        ),
    ]
)


@given(st.one_of(st.lists(_PIECES, max_size=40).map("".join), st.text(max_size=60)))
def test_any_yaml_is_an_slo_or_is_refused_at_a_place(tail: str) -> None:
    for text in (tail, PLAIN + tail, LOAD + "objectives:\n  - " + tail):
        assert all(refusals(text))


def refusals(text: str) -> list[str]:
    """The places of what is wrong, empty for an SLO; anything but a refusal is a failure."""
    try:
        parse_slo(text, "slo.yaml")
    except BadInputError as refused:
        return [one.place for one in refused.problems] or [""]
    return []


@given(st.binary(max_size=200))
def test_any_bytes_are_an_slo_or_are_refused(content: bytes) -> None:
    assert all(refusals(content.decode("utf-8", errors="replace")))
