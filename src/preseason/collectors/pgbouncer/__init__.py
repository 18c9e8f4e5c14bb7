"""The PgBouncer source: its pools and statistics, by its admin console."""
