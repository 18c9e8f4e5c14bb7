"""Judges one look at a target, or many: pure, as all of ``verdict``.

::

    run.look.Look ──► endpoints ┐
                      postgres  ├─► judging ──► CheckReport ──► watching ──► WatchReport
                      redis     ┘   limits: what is asked of them, and whose figure that is
"""
