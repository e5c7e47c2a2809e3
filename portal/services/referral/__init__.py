"""Referral: referrers and their codes, scans, link previews and the funnel."""
