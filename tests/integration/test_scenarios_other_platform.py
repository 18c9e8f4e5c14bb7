"""A platform with the same API that is another one all the same: our scenarios drive it too."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from plain_locust import Until, run_locust
from proxying import Answer, proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from astral_process import AstralField
    from proxying import Asked

ID = re.compile(rb'"(c[0-9a-f]{24})"([ ]*:)?')
NUMBER_IN_JSON = re.compile(rb'(?<!["\d])1\d{9}(?!["\d])')
NUMBER_IN_TARGET = re.compile(r"\b1\d{9}\b")
WRITTEN = {("POST", path): 1 for path in ("/api/teams/lineup", "/api/trades", "/api/waivers/claim")}
COOKIE, OTHER_COOKIE = "next-auth.session-token", "__Secure-next-auth.session-token.0"


class Numbering:
    """Calls everything by a number instead of a text, both ways."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._texts: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def number(self, found: re.Match[bytes]) -> bytes:
        """The keys of an object stay text, as JSON has it."""
        with self._lock:
            number = self._numbers.setdefault(found[1], 1_000_000_000 + len(self._numbers))
            self._texts[number] = found[1]
        return b'"%d":' % number if found[2] else b"%d" % number

    def text(self, found: re.Match[bytes]) -> bytes:
        return b'"%b"' % self._texts[int(found[0])]

    def bare_text(self, found: re.Match[str]) -> str:
        return self._texts[int(found[0])].decode()

    def __call__(self, asked: Asked, ask_the_platform: Callable[[Asked], Answer]) -> Answer:
        """Besides, it says nothing of a cache and more of everything else, and names its cookie otherwise."""
        translated = replace(
            asked,
            target=NUMBER_IN_TARGET.sub(self.bare_text, asked.target),
            headers=[(name, value.replace(OTHER_COOKIE, COOKIE)) for name, value in asked.headers],
            body=NUMBER_IN_JSON.sub(self.text, asked.body) if asked.body.startswith(b"{") else asked.body,
        )
        answer = ask_the_platform(translated)
        return Answer(
            answer.status,
            [
                (name, value.replace(COOKIE, OTHER_COOKIE))
                for name, value in answer.headers
                if name.lower() != "x-cache"
            ],
            ID.sub(self.number, answer.body).replace(b"{", b'{"also":[null,{}],', 1).replace(b",}", b"}"),
        )


def test_numbers_for_ids_more_fields_no_cache_and_another_cookie_are_all_the_same_to_them(
    astral_field: AstralField, tmp_path: Path
) -> None:
    with proxy(astral_field, Numbering()) as url:
        run = run_locust(url, tmp_path, Until(least_s=9, requests=WRITTEN), "-u", "20", "-r", "20")
    assert run.failures == {}
    assert all(run.requests[written] > 0 for written in WRITTEN)
    assert "Traceback" not in run.output
