"""The data of a season: made by ``world`` (pure), brought into Postgres by ``loading``."""
