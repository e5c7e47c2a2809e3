"""Leads: a friend's interest, his visits, his opting out, and who brought whom."""
