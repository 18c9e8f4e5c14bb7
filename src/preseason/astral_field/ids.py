from __future__ import annotations

import secrets


def new_id() -> str:
    """Shaped like the real platform's ids: a c and 24 letters or digits."""
    return f"c{secrets.token_hex(12)}"
