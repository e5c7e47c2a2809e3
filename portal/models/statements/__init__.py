"""A payee's lines of a month."""
