"""What scaling triggers did in runs and simulations, in words, as pages and for autoscalers."""
