"""The channel manager's lists of referrers and their leads, and the funnel."""
