"""Gatherings at the site: planned, invited to, answered by link, checked in, and what followed."""
