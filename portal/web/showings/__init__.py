"""Checking in at the site, the showings that come of it, and their review."""
