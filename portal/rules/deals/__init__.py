"""Deals: their order, their owner, their price."""
