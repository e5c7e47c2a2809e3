"""Taxes: tables, groups, what is withheld, and the report of it."""
