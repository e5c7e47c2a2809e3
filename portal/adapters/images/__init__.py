"""Pictures from people: looked at, made anew, marked, read."""
