"""What stands in inboxes."""
