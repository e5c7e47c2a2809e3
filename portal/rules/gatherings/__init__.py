"""Gatherings of clients and owners at the site: an open day, an evening, a day of handovers (活动)."""
