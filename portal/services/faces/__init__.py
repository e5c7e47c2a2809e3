"""Faces: enrolled, encrypted, compared, found again, and erased in time."""
