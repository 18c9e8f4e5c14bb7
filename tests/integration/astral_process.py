"""Runs the reference platform as a process, and logs managers in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx
from patience import PATIENCE_S, eventually

from preseason.astral_field.seeding.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAGUES = 6


def launched(dsn: str, redis_url: str, *flags: str) -> subprocess.Popen[str]:
    """The command itself, addresses in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "preseason.astral_field", *flags],
        env=os.environ | {"PRESEASON_POSTGRES": dsn, "PRESEASON_REDIS": redis_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass
class AstralField:
    """A platform that answers; ``said`` and ``complained`` are the lines of its two outputs so far."""

    process: subprocess.Popen[str]
    dsn: str
    url: str = ""
    said: list[dict[str, Any]] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def started(cls, dsn: str, redis_url: str, *flags: str) -> Iterator[AstralField]:
        process = launched(dsn, redis_url, "--leagues", str(LEAGUES), *flags)
        platform = cls(process, dsn)
        readers = [threading.Thread(target=read) for read in (platform._listen, platform._hear_complaints)]
        for reader in readers:
            reader.start()
        try:
            eventually(lambda: platform.url or process.poll() is not None)
            assert platform.url, platform.complained
            yield platform
        finally:
            try:
                platform.stop()
            finally:
                process.kill()
                for reader in readers:
                    reader.join()
                with process:  # closes its outputs
                    pass

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S, verify=False)

    def manager(self, number: int) -> Manager:
        """Logged in, as a browser would."""
        http = self.client()
        assert log_in(http, f"manager{number}@astral.example", PASSWORD).headers["location"] == self.url
        user_id = http.get("/api/auth/session").json()["user"]["id"]
        return Manager(http, user_id)

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            event = json.loads(line)
            self.said.append(event)
            if event["event"] == "ready":
                self.url = event["url"]

    def _hear_complaints(self) -> None:
        assert self.process.stderr
        self.complained.extend(line for line in self.process.stderr)


def log_in(http: httpx.Client, email: str, password: str) -> httpx.Response:
    """Both steps of the credentials flow; the answer to the second."""
    token = http.get("/api/auth/csrf").json()["csrfToken"]
    form = {"csrfToken": token, "email": email, "password": password}
    return http.post("/api/auth/callback/credentials", data=form)


@dataclass
class Manager:
    """Somebody logged in, who has a team."""

    http: httpx.Client
    user_id: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def team(self) -> dict[str, Any]:
        team: dict[str, Any] = self.http.get("/api/teams", params={"userId": self.user_id}).json()
        return team

    def players(self, position: str) -> list[str]:
        """Ids of the team's players of a position, starters first."""
        return [entry["playerId"] for entry in self.team["roster"] if entry["position"] == position]

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.http.post(path, json=body)

    def propose(self, to: Manager, giving: list[str], receiving: list[str], **more: object) -> httpx.Response:
        return self.post(
            "/api/trades",
            **{
                "action": "propose",
                "proposingTeamId": self.team["id"],
                "receivingTeamId": to.team["id"],
                "givingPlayers": giving,
                "receivingPlayers": receiving,
                **more,
            },
        )
