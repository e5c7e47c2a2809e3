"""Scans and shared links."""
