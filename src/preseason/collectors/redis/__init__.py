"""The Redis source: what a Redis or Valkey, alone or as a cluster, says of itself.

It asks for no key's value, type or age, so it adds no hit and no miss to what it measures. Its parts::

    connection  one connection: how it greets, how long it waits
    nodes       the server, or the primaries of its cluster
    figures     INFO as gauges and counters, of one node and of all
    commands    what each command cost; slow_log: how many were slow
    key_space   a sample of the keys, once the load is over; key_names: what is kept of their names
    limits      what we may not see, and what would cure it
"""

from preseason.collectors.redis.collector import RedisCollector
from preseason.collectors.redis.connection import CLIENT_NAME, connect, source

__all__ = ["CLIENT_NAME", "RedisCollector", "connect", "source"]
