"""Registering by parts of a number, and giving the whole."""
