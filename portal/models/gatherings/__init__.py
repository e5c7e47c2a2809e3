"""Gatherings at the site, who is invited, and who came."""
