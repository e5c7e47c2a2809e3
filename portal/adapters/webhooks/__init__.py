"""Requests to servers that strangers name: agencies' own receivers of webhooks."""
