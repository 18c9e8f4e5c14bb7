"""Traffic: users, their client, arrivals, and what is recorded of them, inside a Locust process.

Importing this package imports neither locust nor gevent, whose monkey-patching would reach every process.
"""
