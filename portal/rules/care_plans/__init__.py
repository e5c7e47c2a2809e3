"""Two care plans beside each other: their lines, and what each would have due of the same clients."""
