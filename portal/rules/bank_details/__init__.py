"""Bank details: what can be some, and whose."""
