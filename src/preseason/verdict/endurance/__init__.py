"""What only hours show: whether figures creep towards their limits, and what the load leaves behind."""
