"""Which user classes there are, what scenario each belongs to, and how the mix weighs them."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.traffic.preflight_model import MIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locust import User


@dataclass(frozen=True, slots=True)
class Part:
    """What a user class plays: its scenario, and the share (0-1) of all journeys that are its."""

    scenario: str
    share: float


#: Parts by the name of the user class; Locust refuses two classes of one name. The order is the master's
#: and goes with it to all workers, because arrivals refer to it.
Cast = dict[str, Part]


def cast_of(user_classes: Iterable[type[User]], mix: Mapping[str, float]) -> Cast:
    """Who plays what in a mix; BadInputError where the mix names somebody who is not there."""
    return {
        user_class.__name__: Part(scenario_of(user_class, mix), share)
        for user_class, share in weigh(user_classes, mix).items()
    }


def scenario_of(user_class: type[User], mix: Mapping[str, float]) -> str:
    """The name a user class goes by: its own where the mix names it, else its file's stem."""
    return user_class.__name__ if user_class.__name__ in mix else user_class.__module__


def weigh(user_classes: Iterable[type[User]], mix: Mapping[str, float]) -> dict[type[User], float]:
    """The share (0-1) of journeys each class makes; a scenario's weight is divided by its classes' own.

    With an empty mix, classes keep the weights their authors gave them. BadInputError names every key of
    the mix that no user class answers to, and every scenario of it whose classes all weigh nothing.
    """
    by_scenario: defaultdict[str, list[type[User]]] = defaultdict(list)
    for user_class in user_classes:
        by_scenario[scenario_of(user_class, mix)].append(user_class)
    _refuse_unknown(mix, by_scenario)
    _refuse_weightless(by_scenario, mix)
    weights = {
        user_class: _own_weight(user_class) * _scale(mix, scenario, classes)
        for scenario, classes in by_scenario.items()
        for user_class in classes
    }
    total = sum(weights.values())
    return {user_class: weight / total for user_class, weight in weights.items()}


def _own_weight(user_class: type[User]) -> float:
    return float(user_class.fixed_count or user_class.weight)


def _refuse_unknown(mix: Mapping[str, float], known: Iterable[str]) -> None:
    names = sorted(known)
    problems = [
        Problem(f"no scenario or user class is called {key!r}", f"{MIX}{key}", _remedy(key, names))
        for key in mix
        if key not in names
    ]
    if problems:
        raise BadInputError(problems)


def _refuse_weightless(by_scenario: Mapping[str, list[type[User]]], mix: Mapping[str, float]) -> None:
    everybody = [user_class for classes in by_scenario.values() for user_class in classes]
    named = ", ".join(user_class.__name__ for user_class in everybody)
    groups = {f"{MIX}{key}": by_scenario[key] for key in mix} if mix else {named: everybody}
    problems = [
        Problem("the weights of its user classes add up to 0", place, "give one of them a weight")
        for place, classes in groups.items()
        if classes and not sum(map(_own_weight, classes))
    ]
    if problems:
        raise BadInputError(problems)


def _scale(mix: Mapping[str, float], scenario: str, classes: Iterable[type[User]]) -> float:
    """What a class's own weight is multiplied by; nobody plays who is not in the mix."""
    if not mix:
        return 1.0
    return mix[scenario] / sum(map(_own_weight, classes)) if scenario in mix else 0.0


def _remedy(key: str, names: list[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1)
    return (f"did you mean {close[0]!r}? " if close else "") + f"there are: {', '.join(names)}"
