"""Collectors sample what the load runs against; they never change what they observe.

``python -m preseason.collectors`` is a process of its own: the generator's event loop never waits for a
sampled server, nor the reverse. Its parts::

    settings    what to sample, one line of JSON on standard input
    collector   what every source looks like: open, read, close
    watch       one thread a source: its pace, its losses, its gaps
    counters    when a counter began another life, and may not be subtracted from the last one
    recording   the samples of all sources into the run
    postgres, redis, host, health          the sources
    node_exporter, prometheus              the sources about other machines
    preflight   whether a source can be sampled at all, before anything is started
"""
