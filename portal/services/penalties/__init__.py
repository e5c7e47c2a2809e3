"""Penalties: reviews of showings, strikes and their fines, appeals."""
