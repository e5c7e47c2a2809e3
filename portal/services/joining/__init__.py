"""People who join as referrers by themselves."""
