"""Servers, traffic and facts about the machine that several benchmarks use."""
