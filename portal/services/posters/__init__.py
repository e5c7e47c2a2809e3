"""Posters: one at a time, in batches, and the designs they are made by."""
