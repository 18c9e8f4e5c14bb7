"""The documentation as data: its pages, the code blocks in them, and the commands in those."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from preseason.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.core import TyperCommand

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "reports" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_ASSIGNMENT = re.compile(r"\w+=.*")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block; ``line`` is that of its fence."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """The code blocks of a page that are in one of ``languages``."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        if found["language"] in languages:
            line = text.count("\n", 0, found.start()) + 1
            indent = len(found["indent"])
            lines = (line[indent:] for line in found["text"].splitlines())
            yield Block(page, line, found["language"], "\n".join(lines) + "\n")


def commands(block: Block) -> Iterator[list[str]]:
    """The commands of a ``sh`` block, and those after a ``$`` in a ``console`` block, as words."""
    for line in block.text.replace("\\\n", " ").splitlines():
        typed = line.removeprefix("$ ") if block.language == "sh" or line.startswith("$ ") else ""
        for part in re.split(r"&&|\|\||[|;>]", typed):
            words = shlex.split(part, comments=True)
            while words and _ASSIGNMENT.fullmatch(words[0]):
                words = words[1:]
            if words:
                yield words


def inline_commands(page: Path) -> Iterator[list[str]]:
    """What stands as ``preseason …`` in the running text of a page."""
    prose = _FENCE.sub("", page.read_text())
    for code in re.findall(r"`(preseason [^`]+)`", prose):
        yield shlex.split(code.replace("…", "").replace("\\|", "|"))


def variables_of(command: TyperCommand) -> set[str]:
    """The environment variables that options of a command may be given by."""
    given = [option.envvar or [] for option in command.params]
    return {name for names in given for name in ([names] if isinstance(names, str) else names)}


@cache
def _command_line() -> Any:  # noqa: ANN401 - of what typer makes, its groups alone have commands
    return typer.main.get_command(app)


def complaint(words: list[str]) -> str:
    """What the command line has against ``preseason …``; empty where it would accept it.

    A command may be spoken of by its name alone, whatever arguments it takes.
    """
    command = _command_line()
    names, arguments = ["preseason"], words[1:]
    while arguments and arguments[0] in getattr(command, "commands", {}):
        command, names, arguments = command.commands[arguments[0]], [*names, arguments[0]], arguments[1:]
    if arguments and hasattr(command, "default"):
        command = command.commands[command.default]
    if hasattr(command, "commands"):
        known = {"--help", *(option for one in command.params for option in one.opts)}
        unknown = [word for word in arguments if word not in known]
        return f"there is no command {' '.join([*names, *unknown])}" if unknown else ""
    if not arguments:
        return ""
    try:
        command.make_context(" ".join(names), [word for word in arguments if word != "--help"])
    except Exception as error:  # noqa: BLE001 - whatever it says, it does not accept it
        return str(error) or type(error).__name__
    return ""
