"""Where runs are kept: a folder, or any address fsspec knows (a bucket, a zip file, a web server).

Runs are found by their manifests, one level down. Only whole small files are read from here, all those of a
kind at once, because each costs a round trip where the shelf is a bucket.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.core import url_to_fs
from fsspec.registry import known_implementations

from preseason.errors import BadInputError, Problem
from preseason.run.manifest import FILE as MANIFEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The extras that there are, by kind of address; what other storage takes is said in fsspec's own words.
_EXTRAS = {
    protocol: f"pip install 'preseason[{extra}]'"
    for extra, protocols in {"s3": ("s3", "s3a"), "http": ("http", "https")}.items()
    for protocol in protocols
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of runs; ``name`` is its address as it may be shown, ``is_local`` a plain folder."""

    files: Any
    root: str
    name: str
    is_local: bool

    def folders(self) -> tuple[str, ...]:
        """The names of the folders on it, sorted; BadInputError where it cannot be looked at."""
        try:
            found = self.files.ls(self.root, detail=True)
        except FileNotFoundError:
            raise BadInputError(Problem("there is no such folder", self.name, _REMEDY)) from None
        except NotADirectoryError:
            raise BadInputError(Problem("is no folder", self.name, _REMEDY)) from None
        except Exception as error:  # noqa: BLE001 - every driver of fsspec has errors of its own
            raise self._unreadable(error) from None
        if [one["type"] for one in found if one["name"].rstrip("/") == self.root] == ["file"]:
            raise BadInputError(Problem("is no folder", self.name, _REMEDY))
        folders = (_last_part(one["name"]) for one in found if one["type"] == "directory")
        return tuple(sorted(name for name in folders if name and not name.startswith(".")))

    def read(self, names: Sequence[str]) -> dict[str, bytes]:
        """The files of these names (``run/verdict.json``) that there are."""
        paths = {self._path(name): name for name in names}
        if not paths:
            return {}
        try:
            found: Mapping[str, Any] = self.files.cat(list(paths), on_error="return")
        except Exception as error:  # noqa: BLE001 - as above
            raise self._unreadable(error) from None
        contents = {name: found.get(path) for path, name in paths.items()}
        for content in contents.values():
            if isinstance(content, Exception) and not isinstance(content, _ABSENT):
                raise self._unreadable(content)
        return {name: content for name, content in contents.items() if isinstance(content, bytes)}

    def write(self, name: str, content: bytes) -> None:
        """Put a small file there, as a whole where the shelf can."""
        try:
            self.files.makedirs(self.root, exist_ok=True)
            with self.files.transaction:
                self.files.pipe_file(self._path(name), content)
        except Exception as error:  # noqa: BLE001 - as above
            raise BadInputError(
                Problem(
                    f"cannot be written: {_said(error)}", f"{self.name}/{name}", "see who may write there"
                )
            ) from None

    def size_bytes(self, folder: str) -> int:
        """What a folder takes."""
        return int(self.files.du(self._path(folder), total=True))

    def remove(self, folder: str) -> None:
        """Remove a run with all that is in its folder. Its manifest goes last: until then it is found."""
        path = self._path(folder)
        manifest = posixpath.join(path, MANIFEST_FILE)
        try:
            others = [one for one in self.files.find(path) if one != manifest]
            if others:
                self.files.rm(others)
            self.files.rm(path, recursive=True)
        except Exception as error:  # noqa: BLE001 - as above
            raise BadInputError(
                Problem(
                    f"cannot be removed: {_said(error)}", f"{self.name}/{folder}", "see who may write there"
                )
            ) from None

    def _path(self, name: str) -> str:
        return posixpath.join(self.root, name)

    def _unreadable(self, error: Exception) -> BadInputError:
        return BadInputError(Problem(f"cannot be read: {_said(error)}", self.name, "see who may read there"))


_REMEDY = "name a folder of runs, or its address, such as s3://bucket/runs"
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError, KeyError)


def open_shelf(address: str, shown: str, remedy: str = _REMEDY) -> Shelf:
    """The shelf at a path or an address; ``shown`` is the address without its secrets.

    Raises BadInputError, naming what to install, where nothing here knows that kind of address.
    """
    try:
        files, root = url_to_fs(address)
    except ImportError:
        protocol = fsspec.utils.get_protocol(address)
        known = known_implementations.get(protocol, {})
        installed = _EXTRAS.get(protocol) or str(known.get("err") or remedy)
        cause = f"reading {protocol}:// takes something that is not installed"
        raise BadInputError(Problem(cause, shown, installed)) from None
    except Exception as error:  # noqa: BLE001 - every driver of fsspec has errors of its own
        raise BadInputError(Problem(f"is no address of a folder: {_said(error)}", shown, remedy)) from None
    return Shelf(files, root.rstrip("/") or files.root_marker, shown, "file" in _protocols(files))


def _protocols(files: Any) -> Iterator[str]:  # noqa: ANN401 - fsspec is not typed
    protocol = files.protocol
    yield from (protocol,) if isinstance(protocol, str) else protocol


def _last_part(path: str) -> str:
    return posixpath.basename(path.rstrip("/"))


def _said(error: Exception) -> str:
    if isinstance(error, NotImplementedError):
        return "what is kept there can only be read"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.splitlines()[0][:200]
