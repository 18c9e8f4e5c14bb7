"""``python -m preseason.astral_field``: the reference platform as a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.astral_field.fault_names import Fault
from preseason.astral_field.main import serve
from preseason.astral_field.settings import Settings
from preseason.errors import BadInputError, ExitCode, PreseasonError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.errors import Problem


def settings_of(arguments: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """The settings of a command line. Addresses carry passwords, so they may come by environment instead."""
    given = _parser().parse_args(arguments)
    return Settings(
        postgres_dsn=given.postgres or environ.get("PRESEASON_POSTGRES", ""),
        redis_url=given.redis or environ.get("PRESEASON_REDIS", ""),
        host=given.host,
        port=given.port,
        leagues=given.leagues,
        seed=given.seed,
        faults=tuple(given.fault),
        users_file=given.users_file,
        secure_cookies=given.secure_cookies,
        announce=True,
        only_check=given.check,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m preseason.astral_field", description=__doc__)
    add = parser.add_argument
    add("--postgres", metavar="DSN", help="default: the environment's PRESEASON_POSTGRES")
    add("--redis", metavar="URL", help="default: the environment's PRESEASON_REDIS")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="default: any free one")
    add("--leagues", type=int, default=20, help="of ten teams each (default: 20)")
    add("--seed", type=int, default=2026, help="the same seed gives the same data (default: 2026)")
    add("--fault", action="append", default=[], metavar="NAME[@WHEN]", help=", ".join(Fault))
    add("--users-file", type=Path, metavar="FILE", help="write every account to this CSV file")
    add("--secure-cookies", action="store_true", help="name and flag cookies as in production")
    add("--check", action="store_true", help="serve nothing, say as a line of JSON what is wrong")
    return parser


def main() -> int:
    """Serve until a signal; the exit code says what stopped it."""
    try:
        settings = settings_of(sys.argv[1:], os.environ)
        if settings.only_check:
            _say_problems(settings)
        else:
            serve(settings)
    except PreseasonError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return 0


def _say_problems(settings: Settings) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        settings.checked()
    except BadInputError as error:
        problems = error.problems
    sys.stdout.write(json.dumps({"problems": [asdict(problem) for problem in problems]}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
