"""What a soak was asked for, kept in its run so that it can be gone on with: without any secret."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from preseason.campaign.options import Addresses, GateOptions
from preseason.errors import BadInputError, Problem
from preseason.run.durable import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = "soak.json"
#: Addresses that may hold passwords: that they were given is kept, they themselves are not.
SECRETS = ("postgres", "redis", "pgbouncer", "prometheus", "host_metrics")


class DamagedSoakError(BadInputError):
    """What a soak left in ``folder`` cannot be read: it stays without a verdict."""

    def __init__(self, problems: Problem | Sequence[Problem], folder: Path) -> None:
        super().__init__(problems)
        self.folder = folder


class SoakRecord(BaseModel):
    """``soak.json``: the options that hold no secret, and which of the others were given.

    ``ends_at`` is when the load ends at the latest, None where only its length says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    target: str | None
    slo: str
    locustfiles: tuple[Path, ...]
    users: Path | None
    allow: tuple[str, ...]
    faults: tuple[str, ...]
    leagues: int
    processes: int
    workers: int
    master_port: int
    seed: int | None
    cache_header: str
    command: str
    given: tuple[str, ...]
    ends_at: datetime | None = None

    @classmethod
    def of(cls, options: GateOptions, target: str | None, ends_at: datetime | None) -> SoakRecord:
        """From the options as they were given; paths are made absolute, for whoever goes on elsewhere."""
        return cls(
            target=target,
            slo=options.slo.stem,
            locustfiles=tuple(path.resolve() for path in options.locustfiles),
            users=None if options.users is None else options.users.resolve(),
            allow=options.allow,
            faults=options.faults,
            leagues=options.leagues,
            processes=options.processes,
            workers=options.workers,
            master_port=options.master_port,
            seed=options.seed,
            cache_header=options.cache_header,
            command=options.command,
            given=tuple(name for name in SECRETS if getattr(options.addresses, name)),
            ends_at=ends_at,
        )

    def options(self, slo: Path, out: Path, addresses: Addresses) -> GateOptions:
        """The options to go on with; BadInputError for each address that was given then and is not now."""
        missing = [problem for name in self.given for problem in _missing(name, addresses)]
        if missing:
            raise BadInputError(missing)
        return GateOptions(
            slo=slo,
            out=out,
            locustfiles=self.locustfiles,
            command=self.command,
            target=self.target,
            addresses=addresses,
            users=self.users,
            allow=self.allow,
            faults=self.faults,
            leagues=self.leagues,
            processes=self.processes,
            workers=self.workers,
            master_port=self.master_port,
            seed=self.seed,
            cache_header=self.cache_header,
        )


def _missing(name: str, addresses: Addresses) -> Iterator[Problem]:
    if not getattr(addresses, name):
        cause = "the run sampled it, and its address is not kept because it may hold a password"
        yield Problem(cause, f"--{name.replace('_', '-')}", "name it once more")


def write_record(folder: Path, record: SoakRecord) -> Path:
    """Replace the record as a whole."""
    return replace_file(folder / FILE, record.model_dump_json(indent=2) + "\n")


def read_record(folder: Path) -> SoakRecord:
    """The record in a run's folder; BadInputError where the run is no soak, DamagedSoakError where it is and
    its record is none of ours.
    """
    path = folder / FILE
    try:
        return SoakRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        remedy = f"only soaks can be gone on with; judge what it recorded: preseason judge {folder.name}"
        raise BadInputError(Problem("this run is no soak", str(folder), remedy)) from None
    except OSError as error:
        raise DamagedSoakError(Problem(f"cannot be read: {error.strerror}", str(path)), folder) from None
    except ValidationError as error:
        cause = f"is no record this version reads: {error.errors()[0]['msg']}"
        raise DamagedSoakError(Problem(cause, str(path)), folder) from None
