"""Reward plans: read in plain words, tried on history, published by two."""
