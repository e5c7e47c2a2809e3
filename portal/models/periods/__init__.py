"""Months as finance closes them."""
