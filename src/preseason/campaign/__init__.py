"""Starts things in order: servers, platform, collectors, traffic; then judging. Locks, stops, cleans up."""
