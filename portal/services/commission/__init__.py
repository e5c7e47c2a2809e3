"""Commission: plans, the facts that a rating reads, what it posts, and what it would post."""
