#!/usr/bin/env python3
"""Writes the reference pages that follow from the code: ``.venv/bin/python docs/_generate.py``.

A test compares them with the code, so a page that has fallen behind is a failing test.
"""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from preseason.cli.app import app
from preseason.run.manifest import Manifest
from preseason.verdict.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel

REFERENCE = Path(__file__).resolve().parent / "reference"
_MARK = "<!-- Written by docs/_generate.py from the code; edit that. -->"


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    return {
        REFERENCE / "cli.md": _command_line(),
        REFERENCE / "run.schema.json": _schema(Manifest, "run.json"),
        REFERENCE / "verdict.schema.json": _schema(Verdict, "verdict.json"),
    }


def _schema(model: type[BaseModel], file: str) -> str:
    schema = model.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": file}
    return (
        json.dumps({**head, **{key: value for key, value in schema.items() if key != "title"}}, indent=2)
        + "\n"
    )


def _command_line() -> str:
    root: Any = typer.main.get_command(app)
    shown = [(path, command) for path, command in _commands(root, ("preseason",)) if not command.hidden]
    parts = [
        f"# Command line\n\n{_MARK}",
        f"{root.help}\n\n{root.epilog} See [exit codes](exit-codes.md).",
        _table(
            ("command", "what it does"),
            ((f"[`{' '.join(path)}`](#{'-'.join(path)})", _first(command)) for path, command in shown),
        ),
        *(_section(path, command) for path, command in shown),
    ]
    return "\n\n".join(parts) + "\n"


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
    environment = f"`{option.envvar}`" if option.envvar else ""
    return names + repeatable, _cell(option.help) + _choices(option), _default(option), environment


def _choices(option: Any) -> str:  # noqa: ANN401 - as above
    kind = option.type_descriptor.annotation
    known = kind if isinstance(kind, type) and issubclass(kind, Enum) else ()
    return f" One of {', '.join(f'`{choice.value}`' for choice in known)}." if known else ""


def _default(parameter: Any) -> str:  # noqa: ANN401 - as above
    known = parameter.default is not None and not getattr(parameter, "is_flag", False)
    return f"`{parameter.default}`" if known else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _first(command: Any) -> str:  # noqa: ANN401 - as above
    return _cell(command.help).split("\n\n")[0]


def _flowing(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
