"""The file of acknowledged regressions beside the runs: read, and added to."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from preseason.errors import BadInputError, Problem
from preseason.verdict.history.acknowledging import Acknowledgements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.run.shelf import Shelf
    from preseason.verdict.history.acknowledging import Acknowledgement

FILE = "acknowledged.yaml"
_HEAD = (
    "# Regressions that somebody answers for; preseason trend reads this. Remove an entry to take it back.\n"
)


def read_acknowledgements(shelf: Shelf) -> Acknowledgements:
    """What was acknowledged; BadInputError with every mistake in the file."""
    content = shelf.read([FILE]).get(FILE)
    place = f"{shelf.name}/{FILE}"
    if content is None:
        return Acknowledgements()
    try:
        document = YAML(typ="safe").load(content.decode())
    except (YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(Problem(f"is no YAML: {str(error).splitlines()[0]}", place, _REMEDY)) from None
    try:
        return Acknowledgements.model_validate(document)
    except ValidationError as error:
        raise BadInputError(
            [
                Problem(
                    f"{'.'.join(str(part) for part in one['loc']) or 'the file'}: {one['msg']}",
                    place,
                    _REMEDY,
                )
                for one in error.errors()
            ]
        ) from None


def acknowledge(shelf: Shelf, added: Sequence[Acknowledgement]) -> None:
    """Add to the file; an older entry about the same indicator since the same run is replaced."""
    kept = read_acknowledgements(shelf).acknowledged
    new = {(one.indicator, one.about, one.run) for one in added}
    entries = [one for one in kept if (one.indicator, one.about, one.run) not in new]
    document = Acknowledgements(acknowledged=(*entries, *added)).model_dump(
        mode="json", exclude_defaults=True
    )
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 100
    yaml.dump({"version": 1, **document}, text)
    shelf.write(FILE, (_HEAD + text.getvalue()).encode())


_REMEDY = "see docs/howto/trend.md for an entry, or write it with preseason trend ack"
