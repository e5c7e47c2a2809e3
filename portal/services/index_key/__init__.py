"""Another index key takes the place of the one in force, while the portal runs (ADR 69)."""
