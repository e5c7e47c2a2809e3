"""Measures of care: the facts of a month, and the figures of each carer and development."""
