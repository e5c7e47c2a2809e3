"""Who may do what (policy), and on whose rows (scope)."""
