"""Deals that come by file."""
