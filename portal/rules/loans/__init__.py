"""Loans: how far they have come, who waits for whom, and when one is late."""
