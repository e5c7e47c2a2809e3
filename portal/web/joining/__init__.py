"""Joining as a referrer, and what staff see of it."""
