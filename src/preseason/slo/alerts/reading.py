"""An alert policy read into rules, or refused with everything that is wrong with it.

::

    version: 1                      # optional
    name: manual                    # optional, else the file's stem
    critical:                       # somebody is woken
      - errors > 5 % over 5m        # grammar: see ``preseason.slo.alerts.grammar``
    warning:                        # somebody looks tomorrow
      - mean > 1 s over 10m lasting 2m
    scaling:                        # instances are added
      - cpu > 80 % lasting 5m
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel, AlertPolicy
from preseason.slo.checking import ALERTS, Parts
from preseason.slo.document import read_document
from preseason.slo.quantities import MistakeError
from preseason.slo.text import read_text

if TYPE_CHECKING:
    from preseason.slo.alerts.model import AlertRule


def read_alerts(path: Path) -> AlertPolicy:
    """Read an alert policy; BadInputError with all that is wrong."""
    return parse_alerts(read_text(path), str(path))


def parse_alerts(text: str, source: str) -> AlertPolicy:
    """What an alert policy says; BadInputError with every mistake at once, each at its line and column."""
    parts = Parts(read_document(text, source), None)
    header = parts.checked(ALERTS, parts.document.values, ())
    rules = [rule for level in AlertLevel for rule in _rules(parts, level)]
    if not rules and not parts.problems:
        remedy = f"write alerts under {', '.join(AlertLevel)}"
        parts.add(MistakeError("this policy holds no alert", remedy), ())
    if parts.problems or header is None:
        raise BadInputError(parts.in_order())
    return AlertPolicy(header.name or Path(source).stem, tuple(rules), text)


def is_alert_policy(text: str) -> bool:
    """Whether a text is meant as an alert policy: it has a level, and neither a load nor objectives."""
    try:
        written = read_document(text, "").values
    except BadInputError:
        return False
    keys = set(written) if isinstance(written, dict) else set()
    return bool(keys & set(AlertLevel)) and not keys & {"load", "objectives"}


def _rules(parts: Parts, level: AlertLevel) -> list[AlertRule]:
    written = parts.top.get(level.value)
    found: dict[str, AlertRule] = {}
    for index, value in enumerate(written if isinstance(written, list) else []):
        path = (level.value, index)
        try:
            rule = replace(_rule(value, level), place=parts.document.place(path))
        except MistakeError as mistake:
            parts.add(mistake, path)
            continue
        if rule.name in found:
            parts.add(MistakeError(f"'{rule.name}' stands twice", "keep one of the two"), path)
        found.setdefault(rule.name, rule)
    return list(found.values())


def _rule(written: object, level: AlertLevel) -> AlertRule:
    if isinstance(written, str):
        return parse_alert(written, level)
    raise MistakeError("expected a sentence", "as in: errors > 5 % over 5m")
