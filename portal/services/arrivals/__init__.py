"""Who waits at reception, and who receives them."""
