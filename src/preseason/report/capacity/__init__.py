"""What a capacity search, its plan and its savings say, in words and as a page."""
