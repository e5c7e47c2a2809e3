"""Visits with their proof: check-ins, codes, scans."""
