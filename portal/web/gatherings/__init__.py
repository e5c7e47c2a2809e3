"""Gatherings: planned, invited to by filter, answered by link, checked in at the site."""
