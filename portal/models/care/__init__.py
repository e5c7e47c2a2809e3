"""Client care: files of clients, who cares for them, what was judged of them, and the contacts that were made."""
