"""Showings: whether one was real, and what to look at first."""
