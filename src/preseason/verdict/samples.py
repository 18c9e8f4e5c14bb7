"""Judging what was sampled from servers: hit rates, gauges, counters, slow queries."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import GENERATOR, owner
from preseason.slo.model import Comparison, Kind, Unit
from preseason.verdict import wording
from preseason.verdict.coverage import (
    HOST,
    LEAST_COVERED,
    covered,
    lost_because,
    shortfall,
    silent_hosts,
    why_no_samples,
)
from preseason.verdict.hit_rates import judge_hit_rate
from preseason.verdict.judgement import Judgement
from preseason.verdict.means import judge_mean
from preseason.verdict.model import Outcome
from preseason.verdict.slow_queries import judge_slow_queries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from preseason.run.samples import Series
    from preseason.slo.model import Indicator, Objective
    from preseason.verdict.evidence import Evidence

#: Gauges that a percentage compares with another gauge of the same source; others are ratios themselves.
_LIMIT_OF = {
    ("postgres", "connections"): "connections_limit",
    ("redis", "clients"): "clients_limit",
    ("pgbouncer", "clients"): "clients_limit",
    ("redis", "memory_bytes"): "memory_limit_bytes",
}
_COMPARED = {
    Comparison.LESS: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.EQUAL: operator.eq,
}
#: Means that no server samples: the growth of one counter over that of the first of others that is counted,
#: and by what to divide to come to the unit.
_MEAN_OF = {
    ("pgbouncer", "mean_wait_ms"): ("wait_us", ("server_assignments", "transactions"), 1000.0),
}


def judge_samples(objective: Objective, evidence: Evidence) -> Judgement:
    """Judge an objective about a server; NO_DATA, naming the option that would bring it, without samples."""
    match objective.indicator.kind:
        case Kind.HIT_RATE:
            return judge_hit_rate(objective, evidence)
        case Kind.SLOW_QUERIES:
            return judge_slow_queries(objective, evidence)
        case _ if (objective.indicator.source, objective.indicator.metric) in _MEAN_OF:
            return _mean_of_growth(objective, evidence)
        case _:
            return _gauge_or_counter(objective, evidence)


def _mean_of_growth(objective: Objective, evidence: Evidence) -> Judgement:
    indicator, samples, span = objective.indicator, evidence.run.samples, evidence.judged
    of, by, divisor = _MEAN_OF[indicator.source, indicator.metric]
    what = next((name for name in by if len(samples.get(indicator.source, name))), by[-1])
    sums, weights = (
        samples.get(indicator.source, name).between(span.start_s, span.end_s) for name in (of, what)
    )
    if len(sums) < 2 or not np.array_equal(sums.time_s, weights.time_s):  # noqa: PLR2004 - growth has two ends
        return Judgement.no_data(why_no_samples(evidence.run, indicator.source, of))
    summed, weighed = sums.deltas(), weights.deltas()
    valid = summed.valid & weighed.valid
    known = float((summed.end_s - summed.start_s)[valid].sum()) / max(span.length_s - 1, 1)
    if known < LEAST_COVERED:
        return Judgement.undecided(shortfall(known, indicator.source), "a run without gaps in its source")
    growth, weight = summed.growth[valid] / divisor, weighed.growth[valid]
    if not weight.sum():
        return Judgement.no_data(f"{indicator.source} counted no {what.replace('_', ' ')}")
    return judge_mean(objective, growth, weight, float(weight.sum()), what.replace("_", " "))


def _gauge_or_counter(objective: Objective, evidence: Evidence) -> Judgement:
    indicator, span = objective.indicator, evidence.judged
    series = {label: one for label, one in series_about(indicator, evidence).items() if len(one)}
    if not series:
        return Judgement.no_data(why_no_samples(evidence.run, indicator.source, indicator.metric))
    if all(one.epoch[0] for one in series.values()):
        return _if_nobody_is_silent(_counter(objective, evidence, series), indicator, evidence, series)
    inside = {label: one.between(span.start_s, span.end_s) for label, one in series.items()}
    if not span.length_s or not all(len(one) for one in inside.values()):
        return Judgement.no_data(_unsampled(indicator, evidence))
    known = min(
        float(covered(evidence, indicator.source, one, indicator.metric, label).mean())
        for label, one in inside.items()
    )
    judged = _gauge(objective, inside, known)
    return _if_nobody_is_silent(judged, indicator, evidence, series)


def _unsampled(indicator: Indicator, evidence: Evidence) -> str:
    because = lost_because(evidence.run, indicator.source)
    return f"{indicator.text} was not sampled in the judged time{because}"


def _if_nobody_is_silent(
    judgement: Judgement, indicator: Indicator, evidence: Evidence, series: Collection[str]
) -> Judgement:
    """What holds wherever it was sampled does not hold everywhere while a machine told nothing of it."""
    silent = silent_hosts(evidence.run, indicator.source, indicator.metric, series)
    if not silent or judgement.outcome is not Outcome.PASS:
        return judgement
    told = f"{', '.join(silent)} told nothing of {indicator.text}"
    return replace(judgement, outcome=Outcome.UNDECIDED, reason=f"{told}; elsewhere {judgement.reason}")


def _gauge(objective: Objective, series: Mapping[str, Series], known: float) -> Judgement:
    """Every sample of every label must keep to the limit; of a window, their means."""
    upper = objective.comparison.bounds_above
    means = objective.over_s is not None
    by_label = {label: np.array([one.value.mean()]) if means else one.value for label, one in series.items()}
    values = np.concatenate(list(by_label.values()))
    worst = float(values.max() if upper else values.min())
    where = next(label for label, of_label in by_label.items() if worst in of_label)
    good = int(holds(objective.comparison, values, objective.limit).sum())
    unit = objective.indicator.unit
    outcome = Outcome.PASS if good == len(values) else Outcome.FAIL
    if outcome is Outcome.PASS and known < LEAST_COVERED:
        reason = shortfall(known, objective.indicator.source)
        return Judgement.undecided(reason, "a run without gaps in its source")
    if means:
        reason = f"the mean is {wording.in_unit(worst, unit)}"
    else:
        extreme = "highest" if upper else "lowest"
        reason = f"the {extreme} of {len(values)} samples is {wording.in_unit(worst, unit)}"
    if len(by_label) > 1:
        reason = f"{reason} ({where or 'this machine'})"
    return Judgement(outcome, reason, point=worst, good=good, total=len(values), target_ratio=1.0)


def _counter(objective: Objective, evidence: Evidence, series: Mapping[str, Series]) -> Judgement:
    """What was counted during the load, or a second of it, by all labels together."""
    indicator, span = objective.indicator, evidence.judged
    deltas = [one.between(span.start_s, span.end_s).deltas() for one in series.values()]
    grown = sum(one.total for one in deltas)
    lengths_s = [float((one.end_s - one.start_s)[one.valid].sum()) for one in deltas]
    known_s = min(lengths_s)
    if not known_s:
        return Judgement.no_data(_unsampled(indicator, evidence))
    value = grown / float(np.mean(lengths_s)) if indicator.unit is Unit.PER_SECOND else grown
    kept = bool(holds(objective.comparison, np.array([value]), objective.limit)[0])
    growing_fails = objective.comparison.bounds_above
    known = known_s / max(span.length_s - 1, 1)
    if known < LEAST_COVERED and (kept or not growing_fails):
        return Judgement.undecided(shortfall(known, indicator.source), "a run without gaps in its source")
    outcome = Outcome.PASS if kept else Outcome.FAIL
    return Judgement(
        outcome, f"{indicator.text} counted {wording.in_unit(value, indicator.unit)}", point=value
    )


def series_about(indicator: Indicator, evidence: Evidence) -> dict[str, Series]:
    """The series an indicator speaks of, by label; every one must keep to the limit.

    What has no label is the sum of what has, but for machines: there it is this one, and others have names.
    Where each of several has a limit of its own, like the nodes of a cluster, each must keep to it.
    The machine of the load generator is none of the target's.
    """
    samples = evidence.run.samples
    found = samples.labelled(indicator.source, indicator.metric)
    if indicator.source == HOST:
        chosen = {label: one for label, one in found.items() if owner(label) != GENERATOR}
    else:
        chosen = {"": found[""]} if "" in found else found
    limit = _LIMIT_OF.get((indicator.source, indicator.metric))
    if limit is None or indicator.unit is not Unit.RATIO:
        return chosen
    limits = samples.labelled(indicator.source, limit)
    return {label: one.divided_by(limits[label]) for label, one in found.items() if label in limits}


def holds(comparison: Comparison, values: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Whether each value stands to the limit as asked."""
    return np.asarray(_COMPARED[comparison](values, limit), dtype=np.bool_)
