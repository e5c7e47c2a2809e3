"""Posters: their designs as data, what may stand on them, and one as a picture."""
