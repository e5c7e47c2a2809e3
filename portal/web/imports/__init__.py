"""Deals and milestones by file: template, upload, preview, confirmation, report."""
