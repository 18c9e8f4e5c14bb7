"""Options that stand together in several commands, declared once as a dataclass."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` as typer can read it: a parameter that is a dataclass becomes an option a field."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if _is_group(kind)}

    @wraps(command)
    def expanded(**given: object) -> None:
        gathered = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**gathered, **given)

    parameters = list(_parameters(command, hints))
    signature = inspect.Signature(parameters, return_annotation=None)
    expanded.__signature__ = signature  # type: ignore[attr-defined]
    expanded.__annotations__ = {one.name: one.annotation for one in parameters}
    return expanded


def _is_group(kind: object) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _parameters(command: Callable[..., None], hints: dict[str, type]) -> Iterator[inspect.Parameter]:
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if _is_group(kind):
            yield from _parameters_of(kind)
        else:
            yield parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY)


def _parameters_of(group: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
