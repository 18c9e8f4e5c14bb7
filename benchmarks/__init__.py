"""What the performance figures in the documentation come from.

``python -m benchmarks`` runs all of them, ``python -m benchmarks client`` one. Each module here has a
``main`` that prints a Markdown table; what they share is in ``support``.
"""
