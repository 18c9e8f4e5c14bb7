"""``python -m preseason.cli`` is ``preseason``."""

from __future__ import annotations

from preseason.cli import main

if __name__ == "__main__":
    main()
