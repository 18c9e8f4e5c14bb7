"""Scaling triggers: asked of what happened, of other thresholds, and of a simulated platform."""
