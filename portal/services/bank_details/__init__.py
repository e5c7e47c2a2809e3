"""Bank details: where payees are paid to, and the texts that tell of a change."""
