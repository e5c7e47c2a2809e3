"""What agencies and brokers earn, line by line."""
