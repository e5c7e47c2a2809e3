"""Clients' files: lists, board and the page of one; tags, points, and lists that are brought in."""
