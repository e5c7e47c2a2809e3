"""Promises in writing: made, allowed, confirmed by the client, kept or withdrawn; and compensations of late loans."""
