"""The command line: the only place that parses arguments, prints and exits."""

from __future__ import annotations

import os
import sys

from preseason.errors import ExitCode, PreseasonError


def main() -> None:
    """Run a command. Whatever stops it ends in a message and one of the documented exit codes."""
    # Our matrices are small. BLAS starts a thread for each core all the same, in every process of a run, and
    # they spin while they wait: on a machine that carries the load or the target, at the cost of these.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from preseason.cli.app import app
    from preseason.cli.streams import outliving_readers

    try:
        with outliving_readers():
            app(prog_name="preseason")
    except PreseasonError as error:
        _say_problems(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("preseason: interrupted\n")
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user
        _say_crash(error)
        sys.exit(ExitCode.INVALID)


def _say_problems(error: PreseasonError) -> None:
    for problem in error.problems:
        sys.stderr.write(f"preseason: {problem}\n")


def _say_crash(error: Exception) -> None:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="preseason-crash-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    sys.stderr.write(
        f"preseason: this is a fault of preseason, not of your target: {type(error).__name__}: {error}\n"
        f"    please report it with {file.name}\n"
    )
