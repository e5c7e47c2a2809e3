"""What the care for clients comes to: figures over a month, each of which opens its rows (docs/care-measures.md)."""
