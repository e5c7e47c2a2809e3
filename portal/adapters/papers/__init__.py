"""Papers: read as they come, and written as PDF."""
