"""Deals, their milestones and whose they are."""
