"""Posters: looks, own lines, designs, batches."""
