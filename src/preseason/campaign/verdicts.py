"""The verdict that was given on a run, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from preseason.errors import BadInputError, Problem
from preseason.verdict.model import Verdict

if TYPE_CHECKING:
    from preseason.run.reading import Run

#: Judged anew, a run has ``verdict-2.json`` and ``indicators-2.json``; the first ones are what counts.
VERDICT_STEM, INDICATORS_STEM = "verdict", "indicators"
VERDICT_FILE, INDICATORS_FILE = f"{VERDICT_STEM}.json", f"{INDICATORS_STEM}.json"


def verdict_of(run: Run) -> Verdict:
    """The verdict that was given on a run; BadInputError where there is none, or none that can be read."""
    path = run.folder / VERDICT_FILE
    remedy = f"judge it: preseason judge {run.folder}"
    try:
        return Verdict.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BadInputError(Problem("this run has not been judged", str(path), remedy)) from None
    except ValidationError as error:
        cause = f"is not a verdict this version reads: {error.errors()[0]['msg']}"
        # Judged beside this file, it would have a verdict-2.json, and the first one would still count.
        raise BadInputError(Problem(cause, str(path), f"move it away, and {remedy}")) from None
