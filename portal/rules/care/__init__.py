"""Client care (跟进): plans of contacts as data, what of them is due, and the limits that nobody writes around."""
