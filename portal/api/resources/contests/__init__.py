"""What is contested by the interface: whose client somebody is, strikes, and what became of either."""
