"""An orderly end, whoever asks for it."""

from __future__ import annotations

import signal


def treat_termination_as_interrupt() -> None:
    """A scheduler that ends us with SIGTERM gets the same orderly end as Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
