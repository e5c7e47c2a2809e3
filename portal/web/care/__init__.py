"""The day of who cares for clients, and handing clients out."""
