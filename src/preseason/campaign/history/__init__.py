"""Past runs wherever they are kept: read, exported, pruned, and answered for."""
