"""The backup drill: a dump or a backup that exists, restored elsewhere, looked at and timed."""
