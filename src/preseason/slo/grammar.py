"""Objectives as short sentences.

::

    objective  = indicator comparison limit { "for" scope | "over" stretch }
    stretch    = [ "every" ] duration                every whole window of that length
               | "the" "steady" "state"              all that is judged, at once: what no "over" means
    indicator  = "p" number | "p(" number ")"        percentile of the response time: p95, p99.9
               | "mean" | "avg" | "med" | "max"      of the response time
               | "errors"                            failed requests, as a share of all
               | "availability"                      answered requests, as a share of all
               | "rate"                              requests a second
               | "slow_queries(" duration ")"        statements of the database that took that long
               | "cpu" | "memory"                    of the host the target runs on
               | source "." metric                   redis.hit_rate, postgres.connections, any sampled metric
    comparison = "<" | "<=" | ">" | ">=" | "=="
    limit      = number [ unit ] | number "%" "of" "baseline"
    unit       = "us" | "ms" | "s" | "min" | "%" | "/s" | "/min" | "/h" | "B" | "KB" … "TiB"
    scope      = [ method ] path | "scenario" name
    path       = "/" characters | '"' characters '"' | word, a name that follows a method
    duration   = number ( "ms" | "s" | "m" | "min" | "h" ), repeated

Blanks are optional wherever two words do not touch. Spellings of k6 are understood: ``p(95)<200`` without a
unit means milliseconds, as do ``avg<200``, ``med<200`` and ``max<200``. ``rate<0.01``, a bare share, means
the share of failed requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from preseason.run.endpoint import Endpoint
from preseason.slo import vocabulary
from preseason.slo.model import Comparison, Indicator, Kind, Objective, Unit
from preseason.slo.quantities import (
    NUMBER,
    MistakeError,
    did_you_mean,
    duration_s,
    duration_text,
    quantity_text,
    scaled,
)
from preseason.slo.scanner import Scanner, placed

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_METHOD = rf"(?:{'|'.join(METHODS)})\b"
DURATION = (
    r"(?:[+-]?[0-9]+(?:\.[0-9]+)?\s*(?:ms|min|s|m|h)\b\s*|[0-9]+(?:\.[0-9]+)?(?:ms|min|s|m|h)(?=[0-9]))+"
)
#: What k6 calls its figures of a response time; a limit of theirs without a unit is in milliseconds.
_WORDS_OF_K6 = {"avg", "med", "max"}
_SHAPE = "an objective reads: indicator comparison limit, as in: p95 < 200 ms for POST /api/trades over 1m"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an objective is narrowed to; nothing means all traffic."""

    endpoint: Endpoint | None = None
    scenario: str | None = None


def parse_objective(text: str) -> Objective:
    """The objective a sentence states; a MistakeError, with its offset in the text, where it states none."""
    scanner = Scanner(text)
    indicator, of_k6 = indicator_at(scanner)
    comparison = Comparison(scanner.need(r"<=|>=|==|<|>", "a comparison", "one of <, <=, >, >=, =="))
    start = scanner.at
    try:
        indicator, limit = limit_at(scanner, indicator, comparison, of_k6=of_k6)
        relative = scanner.take(r"of\s+baseline\b") is not None
        vocabulary.check(indicator, comparison, limit, relative=relative)
    except MistakeError as mistake:
        raise placed(mistake, start) from None
    scope, over_s = _tail(scanner, indicator)
    stated = Objective("", indicator, comparison, limit, scope.endpoint, scope.scenario, over_s)
    return renamed(replace(stated, of_baseline=relative))


def indicator_at(scanner: Scanner) -> tuple[Indicator, bool]:
    """The indicator, and whether it is spelled as in k6."""
    start = scanner.at
    try:
        if called := scanner.take(rf"p\s*\(\s*{NUMBER}\s*\)"):
            return vocabulary.percentile(Decimal(called[1:].strip(" \t()"))), True
        if called := scanner.take(rf"p\s*{NUMBER}(?![\w.])"):
            return vocabulary.percentile(Decimal(called[1:].strip())), False
        if scanner.take(r"slow_queries\s*\("):
            threshold_s = _threshold_s(scanner)
            scanner.need(r"\)", "')'", "as in: slow_queries(1 s) == 0")
            return vocabulary.slow_queries(float(Decimal(repr(threshold_s)) * 1000)), False
        word = scanner.need(r"[a-z_][\w.]*", "something to measure", _SHAPE).lower()
        return vocabulary.named(word), word in _WORDS_OF_K6
    except MistakeError as mistake:
        raise placed(mistake, start) from None


def _threshold_s(scanner: Scanner) -> float:
    if (written := scanner.take(DURATION)) is not None:
        return duration_s(written)
    found = scanner.text[scanner.at :].partition(")")[0].strip()
    raise MistakeError(f"'{found}' is not a duration", "as in: slow_queries(1 s) == 0", scanner.at)


def limit_at(
    scanner: Scanner, indicator: Indicator, comparison: Comparison, *, of_k6: bool
) -> tuple[Indicator, float]:
    """The indicator in the unit its limit is written in, and the limit in that unit."""
    number = scanner.need(NUMBER, "a limit", f"as in: {vocabulary.SENSES[indicator.kind].example}")
    unit = scanner.take(r"%|/\s*(?:s|min|m|h)\b|(?!(?:for|over|of)\b)[a-zµ\u03bc]+") or ""
    unit = unit.replace(" ", "")
    of = re.match(r"of\b\s*(\S*)", scanner.text[scanner.at :], re.IGNORECASE)
    if unit == "%" and of is not None:
        if of[1].lower() != "baseline":
            raise MistakeError(f"'{of[0]}' is nothing to compare with", "write it: of baseline", scanner.at)
        return indicator, scaled(number, unit, (Unit.RATIO,))[0]
    if of_k6 and not unit:
        unit = "ms"
    if indicator.kind is Kind.RATE and unit in {"", "%"}:
        return _k6_failures(number, unit, comparison)
    limit, in_unit = scaled(number, unit, vocabulary.units_of(indicator))
    return replace(indicator, unit=in_unit), limit


def _k6_failures(number: str, unit: str, comparison: Comparison) -> tuple[Indicator, float]:
    """k6's ``rate<0.01`` is the share of failed requests; any other rate without a time is a slip."""
    value = float(number)
    if not unit and comparison.bounds_above and 0 < value < 1:
        return vocabulary.named("errors"), value
    wrong = f"a rate is no share ({number} %)" if unit else f"the rate {number} has no unit"
    raise MistakeError(wrong, "write it like 40/s; a share of failures is: errors < 1 %")


def _tail(scanner: Scanner, indicator: Indicator) -> tuple[Scope, float | None]:
    scope, over_s, stretched = Scope(), None, False
    sense = vocabulary.SENSES[indicator.kind]
    while not scanner.ended:
        start = scanner.at
        word = scanner.need(r"(?:for|over)\b", "'for', 'over' or the end", _SHAPE).lower()
        if word == "for" and sense.scoped and scope == Scope():
            scope = scope_at(scanner)
        elif word == "over" and sense.windowed and not stretched:
            over_s, stretched = stretch_at(scanner), True
        elif (word == "for" and not sense.scoped) or (word == "over" and not sense.windowed):
            raise MistakeError(
                f"{indicator.text} cannot be narrowed with '{word}'", f"as in: {sense.example}", start
            )
        else:
            raise MistakeError(f"'{word}' stands twice", "say it once", start)
    return scope, over_s


def parse_scope(text: str) -> Scope:
    """What follows ``for``: ``POST /api/trades``, ``/api/trades`` or ``scenario lineup``."""
    scanner = Scanner(text)
    scope = scope_at(scanner)
    if not scanner.ended:
        raise MistakeError(f"'{text[scanner.at :]}' is too much", "one endpoint or one scenario", scanner.at)
    return scope


def scope_at(scanner: Scanner) -> Scope:
    """What stands after ``for``."""
    start = scanner.at
    if scanner.take(r"scenario\b"):
        return Scope(
            scenario=scanner.need(r"[\w.-]+", "the name of a scenario", "as in: for scenario lineup")
        )
    method = (scanner.take(_METHOD) or "").upper()
    wanted = r'/\S*|"[^"\n]+"' + (r"|(?!(?:over|for)\b)[^\s\"]+" if method else "")
    shape = "as in: for POST /api/trades, for /api/trades, for scenario lineup"
    written = scanner.need(wanted, "an endpoint or 'scenario'", _method_hint(scanner, start) or shape)
    name = written.strip('"')
    if "/" in written and not written.startswith(("/", '"')):
        remedy = f'write /{name}, or "{name}" where that is its name'
        raise MistakeError(f"'{name}' does not begin with a slash", remedy, start)
    if name.startswith("/") and "?" in name:
        raise MistakeError("an endpoint's name has no query", f"write {name.partition('?')[0]}", start)
    return Scope(endpoint=Endpoint(name, method))


def _method_hint(scanner: Scanner, start: int) -> str:
    words = scanner.text[start:].split()
    followed = len(words) > 1 and words[1].startswith("/")
    return did_you_mean(words[0].upper(), METHODS) if followed and not words[0].startswith("/") else ""


def stretch_at(scanner: Scanner) -> float | None:
    """What stands after ``over``: the length of each window in seconds, None for all that is judged."""
    if scanner.take(r"(?:the\s+)?steady\s+state\b"):
        return None
    scanner.take(r"every\b")
    return window_at(scanner, "as in: over 1m, over every 1m, over the steady state")


def parse_stretch(text: str) -> float | None:
    """As ``stretch_at``, of a text that holds nothing else."""
    scanner = Scanner(text)
    length_s = stretch_at(scanner)
    if not scanner.ended:
        raise MistakeError(f"'{text[scanner.at :]}' is too much", "as in: over: 1m", scanner.at)
    return length_s


def window_at(scanner: Scanner, remedy: str) -> float:
    """A window's length in seconds; a mistake where it has none."""
    start = scanner.at
    try:
        seconds = duration_s(scanner.need(DURATION, "a duration", remedy))
    except MistakeError as mistake:
        raise placed(mistake, start) from None
    if seconds > 0:
        return seconds
    raise MistakeError("a window of no length", "as in: over 1m", start)


def renamed(objective: Objective) -> Objective:
    """The objective under its normalised name, which parses to the same objective again."""
    limit = (
        f"{quantity_text(objective.limit, Unit.RATIO)} of baseline"
        if objective.of_baseline
        else quantity_text(objective.limit, objective.indicator.unit)
    )
    parts = [f"{objective.indicator.text} {objective.comparison} {limit}"]
    if objective.endpoint is not None:
        parts.append(f"for {endpoint_text(objective.endpoint)}")
    if objective.scenario is not None:
        parts.append(f"for scenario {objective.scenario}")
    if objective.over_s is not None:
        parts.append(f"over {duration_text(objective.over_s)}")
    return replace(objective, name=" ".join(parts))


def endpoint_text(endpoint: Endpoint) -> str:
    """An endpoint as it is written after ``for``."""
    plain = re.fullmatch(r"/\S*", endpoint.name)
    name = endpoint.name if plain else f'"{endpoint.name}"'
    return f"{endpoint.method} {name}" if endpoint.method else name
