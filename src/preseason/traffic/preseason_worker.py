"""A Locust file without users, loaded by a preseason master and by all its workers: it attaches our plugin.

A master started by ``preseason gate --workers N`` hands it to every ``locust --worker -f -`` that connects.
"""

from __future__ import annotations

import locust

from preseason.traffic import plugin

locust.events.init.add_listener(plugin.attach)
