"""Showings: check-ins with and without a photo, their queue and their photos."""
