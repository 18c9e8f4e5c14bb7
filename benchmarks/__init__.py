"""What the performance figures in the documentation come from.

``python -m benchmarks`` runs all of them, ``python -m benchmarks client`` one. Each module here with a
``main`` is a benchmark and prints a Markdown table.
"""
