"""The run: one folder on disk, the only thing handed from load and sampling to judging.

::

    reports/<run id>/
        run.json            manifest: what was run, against what, by whom, when (``manifest``)
        slo.yaml            the question as it was asked
        timeline.jsonl      what happened when: stages, gaps, faults, stops (``timeline``)
        segments/*.arrow    append-only Arrow streams of the tables in ``tables`` (``segments``)
        verdict.json        the answer; report.html, summary.md, junit.xml are rendered from it

Everything is appended and flushed every two seconds, so that whatever is killed at any moment, all but the
last five seconds can be read and judged.
"""

from __future__ import annotations

import os

# Arrow chooses its allocator when it is imported. Its own reserves a gibibyte at once, which counts towards
# what a generator may take, and keeps what was freed.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
