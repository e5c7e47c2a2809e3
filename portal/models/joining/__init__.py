"""How referrers came to be referrers: invited, or by themselves."""
