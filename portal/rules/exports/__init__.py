"""Scheduled exports (定期导出): when one is due, which filters move along with it, and when it is tried again."""
