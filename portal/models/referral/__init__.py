"""Referrers, leads, rewards, scans."""
