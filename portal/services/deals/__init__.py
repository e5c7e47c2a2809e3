"""Deals: opened, moved on by milestones, corrected by one person or by two."""
