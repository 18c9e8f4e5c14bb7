"""A place where backups are, as a path: the newest of what lies elsewhere are fetched first."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from preseason.collectors.addresses import redact, scrub
from preseason.errors import BadInputError, Problem, UnreachableError
from preseason.run.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.lifeline import Lifeline
    from preseason.run.shelf import Shelf

_MOST = 7
_REMEDY = "name a file or a folder of backups, or its address, such as s3://bucket/database/"
#: What storages call the time of a file.
_TIMES = ("LastModified", "mtime", "last_modified", "updated", "created")


def fetched(place: str, lifeline: Lifeline) -> Path:
    """The path of ``place``; of a URL, a folder with copies of its newest files, of their own times.

    Raises BadInputError where nothing here knows the address, or nothing is there, and UnreachableError where
    its storage does not answer.
    """
    if "://" not in place:
        return Path(place)
    if urlsplit(place).scheme == "file":
        return Path(urlsplit(place).path)
    shown = f"--from {redact(place)}"
    folder = lifeline.folder("fetched")
    try:
        _fetch(open_shelf(place, shown, _REMEDY), folder)
    except FileNotFoundError:
        raise BadInputError(Problem("there is no such place", shown, "name a file or a folder")) from None
    except BadInputError:
        raise
    except Exception as error:
        reason = scrub(str(error), place) or type(error).__name__
        remedy = "check the address, the network and the credentials in the environment"
        raise UnreachableError(Problem(reason, shown, remedy)) from error
    return folder


def _fetch(shelf: Shelf, folder: Path) -> None:
    storage, root = shelf.files, shelf.root
    files = storage.find(root, detail=True) if storage.isdir(root) else {root: storage.info(root)}
    for info in sorted(files.values(), key=_time_s, reverse=True)[:_MOST]:
        copy = folder / Path(info["name"]).name
        storage.get_file(info["name"], str(copy))
        if moment_s := _time_s(info):
            os.utime(copy, (moment_s, moment_s))


def _time_s(info: Mapping[str, Any]) -> float:
    """When a file was written; 0 where the storage does not say."""
    match next((info[key] for key in _TIMES if info.get(key)), None):
        case int() | float() as told:
            return float(told)
        case datetime() as told:
            return told.timestamp()
        case _:
            return 0.0
