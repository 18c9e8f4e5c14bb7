"""What past runs say together: trends, and the reviews of a week or a month."""
