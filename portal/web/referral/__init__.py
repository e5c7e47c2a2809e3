"""Bringing friends: the landing page for anyone, the referrer's own pages, and the channel manager's lists."""
