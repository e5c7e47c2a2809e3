"""Claims: the touches that hold a client, and the receipts that prove who was first."""
