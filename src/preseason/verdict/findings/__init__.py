"""What is worth knowing beside the outcomes: who suffers, when and from what, and what else was seen.

::

    endpoints      who keeps an objective from holding
    episodes       when an endpoint was worse than usual (``bursts``, ``normal``, ``seconds``)
    causes         what was seen at such a time, by source: ``locks``, ``connections``, ``statements``,
                   ``cache``, ``commands``, ``database``, ``host``, ``generator``, ``errors``,
                   ``interruptions``
    followers      the statements that an endpoint calls
    relations      what tables and indexes ask for
    journeys       what became of the load
    noticing       all of it, in the order of what it tells

The sentences a reader meets stand here, and only here.
"""
