"""Objectives and alerts in the languages of others: OpenSLO, Prometheus."""
