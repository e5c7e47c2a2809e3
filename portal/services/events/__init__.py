"""Events: what happened, told in the transaction that caused it, and read by streams."""
