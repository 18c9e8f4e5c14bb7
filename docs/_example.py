#!/usr/bin/env python3
"""Makes the example run anew: ``.venv/bin/python docs/_example.py``, about two minutes.

A gate on the reference platform whose query of players turns slow on purpose. The run is committed without
what only this machine can use, and with a picture of its report. A test holds every rendering of it to the
committed one, byte for byte; where the renderers were changed on purpose, ``--render`` renders it again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from preseason.campaign.judging import judge_run
from preseason.run.reading import find_run

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "reports" / "example"
PICTURE = EXAMPLE / "report.png"
FAULT = "slow-query@45s"
#: What a run leaves behind for whoever has to find out why it went wrong, with the paths of its machine.
_LEFT_OUT = ("plan.json", "*.log")
_RENDERED = ("verdict*", "indicators*", "report*", "summary*", "junit*", "postmortem*", "status-page*")
_WIDTH, _HEIGHT = 1200, 1000


def main(arguments: list[str]) -> int:
    if "--render" not in arguments:
        _make()
    for pattern in _RENDERED:
        for path in EXAMPLE.glob(pattern):
            path.unlink()
    judge_run(EXAMPLE)
    _take_picture()
    return 0


def _make() -> None:
    with tempfile.TemporaryDirectory() as folder:
        gate = [sys.executable, "-m", "preseason.cli", "gate", "--slo", "release", "--fault", FAULT]
        subprocess.run(gate, env={**os.environ, "PRESEASON_OUT": folder}, check=False)  # noqa: S603 - ours
        shutil.rmtree(EXAMPLE, ignore_errors=True)
        ignored = shutil.ignore_patterns(*_LEFT_OUT)
        shutil.copytree(find_run("latest", Path(folder)), EXAMPLE, ignore=ignored)


def _take_picture() -> None:
    chromium = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        page.goto((EXAMPLE / "report.html").as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
