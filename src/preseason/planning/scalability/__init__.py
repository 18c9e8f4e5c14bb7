"""The universal scalability law: fitted, graded, and held against simpler explanations."""
