"""Faces that are stored, and those that wait for a second person."""
