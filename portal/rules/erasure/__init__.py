"""What becomes of a person's data on request: what goes, what stays, why, and until when."""
