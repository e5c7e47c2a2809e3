"""Client care (跟进): files of clients, who cares for them, what is due to them, and what was done."""
