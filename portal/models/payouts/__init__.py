"""Payments, and what stands in their way: disputes, invoices."""
