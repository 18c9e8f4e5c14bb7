"""What is ahead: demand over weeks, what it takes, what it costs, and what could be saved."""
