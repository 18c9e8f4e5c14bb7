"""The Astral Field in small: a reference platform that answers all of the real one's HTTP API.

``python -m preseason.astral_field`` is a process of its own; nothing else imports it. Its parts::

    settings, fault_names   what it is told, checked before anything is started
    main                    from the settings to a server that answers
    app                     the routes, and what is answered when something goes wrong
    session                 the next-auth credentials flow; passwords and signing
    reads                   what is asked often: cache-aside, 300 s
    lineups, trades, claims what changes rosters, by the rules of ``rules``
    health                  the four health endpoints of the operations manual
    database, cache         Postgres by named statements (sql/), Redis
    seeding                 leagues, teams, players and a season, the same for the same seed
    faults                  real troubles, to see whether a harness finds them

Everything that is not cached is in Postgres, so it can be restarted at any moment.
"""

from __future__ import annotations

from typing import Final

#: What health endpoints and the ready line say; the manual describes 2.1.
VERSION: Final = "2.1.0-reference"
