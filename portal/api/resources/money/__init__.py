"""Money by the interface: statements, invoices, disputes, payouts."""
