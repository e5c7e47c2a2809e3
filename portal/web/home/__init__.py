"""The first page of each role: what waits for this person today."""
