"""A principal's room: the own brokers, and the agency."""
