"""Plans, and what-if questions."""
