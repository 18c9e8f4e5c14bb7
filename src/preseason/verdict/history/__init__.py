"""Past runs laid side by side: what each came to, what changed, and who answers for it."""
