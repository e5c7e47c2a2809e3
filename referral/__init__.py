"""Bringing friends: codes, posters, leads, rewards and who brought whom. Pure: values in, values out (rules 7)."""
