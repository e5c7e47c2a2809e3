"""Who brought whom: a picture to walk through, and its table."""
