"""Developments, agencies and the agreements between them."""
