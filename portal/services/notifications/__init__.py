"""Notifications: events handed to whom they concern, in their words, by their ways."""
