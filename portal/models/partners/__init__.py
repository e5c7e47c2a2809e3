"""Developments, agencies and agreements."""
