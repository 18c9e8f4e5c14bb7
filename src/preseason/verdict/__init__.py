"""The answer: a pure function of a run and its objectives. No clock, no network, no printing."""
