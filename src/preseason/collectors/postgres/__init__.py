"""The Postgres source: one read-only session, its activity, its counters and its statements."""
