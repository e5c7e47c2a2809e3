"""What if: a plan or a cancellation tried on real history, before anyone commits it."""
