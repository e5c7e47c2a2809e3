"""Measures of care: figures of a month, each of which opens its rows."""
