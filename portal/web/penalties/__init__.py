"""Where a broker stands: strikes, and the freeze that three of them bring."""
