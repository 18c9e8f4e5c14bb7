#!/usr/bin/env python3
"""Writes the reference pages that follow from the code: ``.venv/bin/python docs/_generate.py``.

A test compares them with the code, so a page that has fallen behind is a failing test.
"""

from __future__ import annotations

import inspect
import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from preseason.cli.app import app
from preseason.run.manifest import Manifest
from preseason.slo import grammar, schema
from preseason.slo.ahead import plan_schema
from preseason.slo.alerts import grammar as alert_grammar
from preseason.slo.alerts import reading as alert_reading
from preseason.slo.json_schema import alerts_schema, autoscaling_schema, plan_schema_text, slo_schema
from preseason.verdict.history.indicators import Indicators
from preseason.verdict.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from pydantic import BaseModel

REFERENCE = Path(__file__).resolve().parent / "reference"
_ABOUT_SLO = """\
How to write one is told in [the guide](../howto/slo-file.md). Editors complete and check a file by its
[schema](slo.schema.json), an alert policy and a capacity plan by [their](alerts.schema.json)
[own](plan.schema.json). What no schema can find,
`preseason slo lint` does."""
_MARK = "<!-- Written by docs/_generate.py from the code; edit that. -->"


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    return {
        REFERENCE / "cli.md": _command_line(),
        REFERENCE / "run.schema.json": _schema(Manifest, "run.json"),
        REFERENCE / "verdict.schema.json": _schema(Verdict, "verdict.json"),
        REFERENCE / "indicators.schema.json": _schema(Indicators, "indicators.json"),
        REFERENCE / "slo.md": _slo_language(),
        REFERENCE / "slo.schema.json": slo_schema(),
        REFERENCE / "alerts.schema.json": alerts_schema(),
        REFERENCE / "plan.schema.json": plan_schema_text(),
        REFERENCE / "autoscaling.schema.json": autoscaling_schema(),
    }


def _schema(model: type[BaseModel], file: str) -> str:
    schema = model.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": file}
    return (
        json.dumps({**head, **{key: value for key, value in schema.items() if key != "title"}}, indent=2)
        + "\n"
    )


def _slo_language() -> str:
    """The grammars from the parsers' docstrings, the keys from the schemas."""
    slo, alerts, plan = (json.loads(text()) for text in (slo_schema, alerts_schema, plan_schema_text))
    of_plan = plan["$defs"]
    return (
        "\n\n".join(
            [
                f"# The language of SLO files\n\n{_MARK}",
                _ABOUT_SLO,
                f"## Objectives\n\n{_told(grammar)}",
                f"## The file\n\n{_told(schema)}",
                _keys("The file", slo),
                *(_keys(name, part) for name, part in slo["$defs"].items() if name not in of_plan),
                f"## Alert policies\n\n{_told(alert_reading)}",
                _keys("The policy", alerts),
                _told(alert_grammar),
                f"## Capacity plans\n\n{_told(plan_schema)}",
                *(_keys(name, part) for name, part in of_plan.items()),
            ]
        )
        + "\n"
    )


def _told(module: ModuleType) -> str:
    """A module's docstring as Markdown, without its headline."""
    said = inspect.getdoc(module) or ""
    before, _, rest = said.partition("\n::\n\n")
    lines = rest.splitlines()
    length = next((at for at, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    block = inspect.cleandoc("\n".join(lines[:length])).rstrip()
    prose = [
        _flowing(text.replace("``", "`"))
        for text in ("\n".join(before.splitlines()[1:]), "\n".join(lines[length:]))
    ]
    return "\n\n".join(
        part for part in (prose[0].strip(), f"```text\n{block}\n```", prose[1].strip()) if part
    )


def _keys(title: str, part: dict[str, Any]) -> str:
    rows = (
        (f"`{name}`", _cell(it.get("description")), _examples(it)) for name, it in part["properties"].items()
    )
    return f"### {title}\n\n{_cell(part.get('description'))}\n\n{_table(('key', 'meaning', 'as in'), rows)}"


def _examples(key: dict[str, Any]) -> str:
    allowed = key.get("enum") or ([key["const"]] if "const" in key else key.get("examples", []))
    return ", ".join(dict.fromkeys(_cell(f"`{one}`") for one in allowed))


def _command_line() -> str:
    root: Any = typer.main.get_command(app)
    shown = [(path, command) for path, command in _commands(root, ("preseason",)) if not command.hidden]
    parts = [
        f"# Command line\n\n{_MARK}",
        f"{root.help}\n\n{root.epilog} See [exit codes](exit-codes.md).",
        f"Before any command: {_root_options(root)}.",
        _table(
            ("command", "what it does"),
            ((f"[`{' '.join(path)}`](#{'-'.join(path)})", _first(command)) for path, command in shown),
        ),
        *(_section(path, command) for path, command in shown),
    ]
    return "\n\n".join(parts) + "\n"


def _root_options(root: Any) -> str:  # noqa: ANN401 - typer's own classes are private
    return ", ".join(f"`{one.opts[0]}` ({one.help.rstrip('.')})" for one in root.params)


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - typer's own classes are private
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _section(path: tuple[str, ...], command: Any) -> str:  # noqa: ANN401 - as above
    arguments = [it for it in command.params if it.param_type_name == "argument"]
    options = [it for it in command.params if it.param_type_name == "option" and it.name != "help"]
    usage = " ".join(
        [*path, *(["[OPTIONS]"] if options else []), *(f"[{it.name.upper()}]" for it in arguments)]
    )
    parts = [f"## {' '.join(path)}", _flowing(command.help), f"```text\n{usage}\n```"]
    if arguments:
        rows = ((f"`{it.name.upper()}`", _cell(it.help), _default(it)) for it in arguments)
        parts.append(_table(("argument", "meaning", "default"), rows))
    if options:
        parts.append(_table(("option", "meaning", "default", "environment"), map(_option_row, options)))
    return "\n\n".join(parts)


def _option_row(option: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    repeatable = " (repeatable)" if option.multiple else ""
    named = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    environment = ", ".join(f"`{name}`" for name in named)
    return names + repeatable, _cell(option.help) + _choices(option), _default(option), environment


def _choices(option: Any) -> str:  # noqa: ANN401 - as above
    kind = option.type_descriptor.annotation
    known = kind if isinstance(kind, type) and issubclass(kind, Enum) else ()
    return f" One of {', '.join(f'`{choice.value}`' for choice in known)}." if known else ""


def _default(parameter: Any) -> str:  # noqa: ANN401 - as above
    known = parameter.default not in {None, ""} and not getattr(parameter, "is_flag", False)
    return f"`{parameter.default}`" if known else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _first(command: Any) -> str:  # noqa: ANN401 - as above
    return _cell((command.help or "").split("\n\n")[0])


def _flowing(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|").replace("``", "`")


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
