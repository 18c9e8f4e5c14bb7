"""YAML as plain values that know where they were written.

Scalars stay text: what ``1 %``, ``60s`` or ``2027-01-01`` mean is decided by the field they stand in, not
by YAML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.composer import ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruamel.yaml.error import StringMark
    from ruamel.yaml.nodes import Node

Keys = tuple[str | int, ...]
Value = str | None | list["Value"] | dict[str, "Value"]

#: Aliases can make a small file stand for a huge one; nobody writes an SLO file this large.
_MOST_VALUES = 100_000
#: Nor one this deep, and brackets without end take a reader of YAML time by their square.
_MOST_DEPTH = 100
_QUOTE = "quote texts that hold braces, a hash, or a colon and a blank"
#: A line that YAML refuses for its indentation alone.
_TABBED = re.compile(r" *\t")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value begins, both from 1; ``inline`` says that an offset into it is one in its line."""

    line: int
    column: int
    inline: bool = False


@dataclass(slots=True)
class Document:
    """The values of a YAML file, with the marks of values and of keys by path."""

    source: str
    values: Value = None
    marks: dict[Keys, Mark] = field(default_factory=dict)
    keys: dict[Keys, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Keys, offset: int = 0) -> str:
        """``file:line:column`` of the value at ``path``, or of the nearest one around it."""
        known = path
        while known and known not in self.marks:
            known = known[:-1]
        mark = self.marks.get(known, Mark(1, 1))
        return self._place(mark, offset if mark.inline else 0)

    def place_of_key(self, path: Keys) -> str:
        return self._place(self.keys[path]) if path in self.keys else self.place(path)

    def _place(self, mark: Mark, offset: int = 0) -> str:
        return f"{self.source}:{mark.line}:{mark.column + offset}"


def read_document(text: str, source: str) -> Document:
    """The values of one YAML document; BadInputError with line and column where it is not one."""
    return _read(text, source, lambda: [_yaml().compose(text)])[0]


def read_documents(text: str, source: str) -> list[Document]:
    """The values of every YAML document in a text, in their order."""
    return _read(text, source, lambda: list(_yaml().compose_all(text)))


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.max_depth = _MOST_DEPTH
    return yaml


def _read(text: str, source: str, composed: Callable[[], list[Node | None]]) -> list[Document]:
    try:
        return [_valued(Document(source), root) for root in composed()]
    except MaxDepthExceededError:
        raise BadInputError(
            Problem("is nested too deeply", source, "an SLO file is four levels deep")
        ) from None
    except YAMLError as error:
        raise BadInputError(_syntax_problem(error, text, source)) from None


def _valued(document: Document, root: Node | None) -> Document:
    if root is not None:
        document.values = _Composer(document).value(root, (), ())
    return document


def _syntax_problem(error: YAMLError, text: str, source: str) -> Problem:
    remedy = _QUOTE
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = _mark(error.problem_mark)
        line = next(iter(text.splitlines()[mark.line - 1 :]), "")
        remedy = _remedy(error, line)
        cause = " ".join(str(part) for part in (error.context, error.problem) if part)
        return Problem(f"is not YAML: {cause}", f"{source}:{mark.line}:{mark.column}", remedy)
    if isinstance(error, ReaderError):
        before = text[: error.position]
        place = f"{source}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        return Problem(f"is not YAML: the character {error.character!r} is not allowed", place)
    return Problem(f"is not YAML: {error}", source, remedy)


def _remedy(error: MarkedYAMLError, line: str) -> str:
    """The way out of what makes ``line`` no YAML."""
    if _TABBED.match(line):
        return "indent with blanks, not with tabs"
    if not isinstance(error, ComposerError):
        return _QUOTE
    if "alias" in str(error.problem):
        return "an alias, as *name, refers to a value marked &name above it; quote a text"
    return "keep one document: what stands before or after the ---"


def _whole_signs(text: str) -> str:
    """A text whose escapes wrote a sign in two halves, with the sign; half of one alone becomes a mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mark(mark: StringMark, *, inline: bool = False, skip: int = 0) -> Mark:
    return Mark(mark.line + 1, mark.column + 1 + skip, inline)


class _Composer:
    """Turns YAML nodes into values and notes where each stood."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0

    def value(self, node: Node, path: Keys, inside: tuple[int, ...]) -> Value:
        self._count += 1
        document = self._document
        if id(node) in inside or self._count > _MOST_VALUES:
            why = "refers to itself" if id(node) in inside else "stands for too many values"
            raise BadInputError([*document.problems, Problem(f"an alias {why}", document.place(path))])
        document.marks[path] = _mark(node.start_mark)
        match node:
            case ScalarNode():
                return self._scalar(node, path)
            case SequenceNode():
                around = (*inside, id(node))
                return [self.value(item, (*path, index), around) for index, item in enumerate(node.value)]
            case MappingNode():
                return self._mapping(node, path, (*inside, id(node)))
        return None

    def _scalar(self, node: ScalarNode, path: Keys) -> str | None:
        one_line = node.start_mark.line == node.end_mark.line
        quoted = node.style in {"'", '"'}
        self._document.marks[path] = _mark(node.start_mark, inline=one_line, skip=int(quoted))
        if node.tag == "tag:yaml.org,2002:null" and not quoted:
            return None
        return _whole_signs(str(node.value))

    def _mapping(self, node: MappingNode, path: Keys, inside: tuple[int, ...]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            mark = _mark(key_node.start_mark)
            place = f"{self._document.source}:{mark.line}:{mark.column}"
            if not isinstance(key_node, ScalarNode):
                self._document.problems.append(Problem("a key must be a word", place))
                continue
            key = str(key_node.value)
            if key in values:
                self._document.problems.append(Problem(f"'{key}' stands twice", place, "keep one of the two"))
                continue
            self._document.keys[*path, key] = mark
            value = self.value(value_node, (*path, key), inside)
            if value is None:
                remedy = "write something, or leave the key out"
                self._document.problems.append(Problem(f"nothing is written after '{key}'", place, remedy))
            else:
                values[key] = value
        return values
